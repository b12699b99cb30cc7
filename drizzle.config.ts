import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: [
    './src/store/schema.ts',
    './src/store/shop-schema.ts',
    './src/store/stock-schema.ts',
    './src/store/access-schema.ts',
  ],
  out: './src/store/migrations',
});
