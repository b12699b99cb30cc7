import { type Language, say } from '../domain/texts';
import type { Shop } from '../store/shops';
import { Problem } from './problems';

/** Raises `sku_project_not_migrated`: neither bulk-get nor bulk-upsert serves such a shop. */
export const demandMigrated = ({ shopId, settings }: Shop): void => {
  if (!settings.skuProjectMigrated)
    throw new Problem(
      'sku_project_not_migrated',
      `Rakuten neither shows nor takes the stock of ${shopId} before it has moved to the SKU project (SKUプロジェクト移行): once it has, set skuProjectMigrated in its settings.`,
    );
};

/** Raises `stock_sync_off`: only shops that publish look at every order that Rakuten sold, without which numbers cannot be brought together. */
export const demandSync = ({ shopId, settings }: Shop): void => {
  if (settings.stockSync === 'off')
    throw new Problem(
      'stock_sync_off',
      `${shopId} does not publish its stock: set stockSync to shipment or reservation; then the next synchronisation does it.`,
    );
};

/** When the next synchronisation comes, for people. */
export const whenOf = ({ settings }: Shop, language: Language): { code: string; text: string } => {
  const code = settings.automaticOrderIntegration ? 'next_cycle' : 'next_sync';
  return { code, text: say(language, `fix_when.${code}`) };
};
