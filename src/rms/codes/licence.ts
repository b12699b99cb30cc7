import { type CodeTable, REPORT_IT, refusal } from './row';

/** Codes of the licence management API (reference, item/inventory/licence §2). */
export const LICENCE_CODES = {
  DR0005: refusal(
    400,
    {
      ja: 'ライセンスキーの有効期限の照会に、照会するlicenseKeyが含まれていませんでした。有効期限は確認できていません。',
      en: 'The question for the expiry of a licence key did not name the key, so the expiry is not known.',
    },
    {
      ja: `店舗の設定にlicenseKeyが登録されているか確認してください。${REPORT_IT.ja}`,
      en: `Check that a licenseKey is registered for the shop. ${REPORT_IT.en}`,
    },
  ),
} as const satisfies CodeTable;
