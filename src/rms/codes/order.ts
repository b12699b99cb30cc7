import { type CodeTable, note, outcome, REPORT_IT, refusal, unexplained, warning } from './row';

/** Where an order cannot be worked on any more because it is cancelled. */
const STOP_IT = {
  ja: '出荷しないでください。すでに出荷した場合はRMSで受注を確認し、購入者に連絡してください。',
  en: 'Do not ship it. If it has been shipped already, look at the order in RMS and contact the buyer.',
} as const;

/** Codes of the order API (reference, order API §3–§6, §10). */
export const ORDER_CODES = {
  'ORDER_EXT_API_*_ERROR_009': refusal(400, {
    ja: '必須の項目が指定されていないため、楽天が受け付けませんでした。',
    en: 'A field that Rakuten needs is missing from the request.',
  }),
  'ORDER_EXT_API_*_ERROR_010': refusal(400, {
    ja: '項目の値が空のため、楽天が受け付けませんでした。',
    en: 'A field of the request is there but has no value.',
  }),
  'ORDER_EXT_API_*_ERROR_011': refusal(400, {
    ja: '項目の書式が正しくないため、楽天が受け付けませんでした。',
    en: 'A field of the request has a wrong form.',
  }),

  ORDER_EXT_API_SEARCH_ORDER_INFO_101: note(
    '受注検索に成功しました。該当する受注を取り込みます。対応は不要です。',
    'The search found orders, which are taken in. Nothing needs to be done.',
  ),
  ORDER_EXT_API_SEARCH_ORDER_INFO_102: note(
    '条件に合う受注は0件でした。異常ではなく、対応は不要です。',
    'The search found no orders. That is no fault; nothing needs to be done.',
  ),
  ORDER_EXT_API_SEARCH_ORDER_ERROR_011: refusal(
    400,
    {
      ja: '受注検索の条件の書式が正しくないため、楽天が受け付けませんでした。受注は検索されていません。日時は「2026-11-01T09:00:00+0900」の形に限られます。',
      en: 'A condition of the search has a wrong form, so no orders were searched. Datetimes must look like 2026-11-01T09:00:00+0900.',
    },
    REPORT_IT,
  ),
  ORDER_EXT_API_SEARCH_ORDER_ERROR_023: unexplained({
    ja: '楽天が受注検索を拒否しました。受注は検索されていません。',
    en: 'Rakuten refused the search, so no orders were searched.',
  }),

  ORDER_EXT_API_GET_ORDER_INFO_101: note(
    '受注情報を取得しました。対応は不要です。',
    'The orders were read. Nothing needs to be done.',
  ),
  ORDER_EXT_API_GET_ORDER_INFO_102: note(
    'この受注番号の受注情報を取得できませんでした。番号の誤り、他店舗の受注、または730日より前の受注です。処理は進みません。受注番号をRMSで確認してください。',
    'Rakuten gives no order under this number: it is wrong, another shop’s, or older than 730 days. The order is not worked on. Compare the number with RMS.',
  ),
  ORDER_EXT_API_GET_ORDER_WARNING_101: warning(
    '楽天が受注情報に警告を付けました。警告の意味は公開されていません。取得できた受注はそのまま処理します。不審な点があればRMSの受注画面と見比べてください。',
    'Rakuten gave a warning with the orders. What it means has not been published. Orders that were read go on; where something looks wrong, compare them with RMS.',
  ),
  ORDER_EXT_API_GET_ORDER_ERROR_009: refusal(
    400,
    {
      ja: '受注番号またはバージョンの指定がないため、楽天が受注情報を返しませんでした。',
      en: 'The request named no order number or no version, so Rakuten gave no orders.',
    },
    REPORT_IT,
  ),

  ORDER_EXT_API_CONFIRM_ORDER_INFO_101: note(
    '注文確認に成功しました。受注は「楽天処理中」(200)に進みます。対応は不要です。',
    'The order was confirmed and goes on to 楽天処理中 (200). Nothing needs to be done.',
  ),
  ORDER_EXT_API_CONFIRM_ORDER_ERROR_102: outcome(
    200,
    {
      ja: 'この受注はキャンセル済みのため、注文確認できません。',
      en: 'The order is cancelled already and cannot be confirmed.',
    },
    STOP_IT,
  ),
  ORDER_EXT_API_CONFIRM_ORDER_ERROR_103: outcome(
    200,
    {
      ja: 'この受注は「注文確認待ち」(100)ではありません。RMSの自動注文確認などですでに確認済みです。',
      en: 'The order is no longer 注文確認待ち (100): it was confirmed before, for example by RMS itself.',
    },
    { ja: '処理はそのまま進みます。対応は不要です。', en: 'It goes on as it is; nothing needs to be done.' },
  ),
  ORDER_EXT_API_CONFIRM_ORDER_ERROR_105: outcome(
    200,
    {
      ja: '送料が未確定(-9999)のため、注文確認できません。',
      en: 'The postage is not fixed yet (-9999), so the order cannot be confirmed.',
    },
    {
      ja: 'RMSの受注画面で送料を確定してください。確定すると自動で進みます。注文から14日以内に確認しないと自動キャンセルになります。',
      en: 'Fix the postage of the order in RMS; it then goes on by itself. An order that is not confirmed within 14 days is cancelled by Rakuten.',
    },
  ),

  ORDER_EXT_API_UPDATE_ORDERSHIPPING_INFO_101: note(
    '発送情報を追加しました。対応は不要です。受注は発送日が過ぎた後、楽天の夜間処理で「発送済」(500)になります。',
    'The shipping row was added. Nothing needs to be done; once the shipping date is over Rakuten’s nightly job sets the order to 発送済 (500).',
  ),
  ORDER_EXT_API_UPDATE_ORDERSHIPPING_INFO_102: note(
    '発送情報を更新しました。対応は不要です。',
    'The shipping row was changed. Nothing needs to be done.',
  ),
  ORDER_EXT_API_UPDATE_ORDERSHIPPING_INFO_103: note(
    '発送情報を削除しました。対応は不要です。',
    'The shipping row was deleted. Nothing needs to be done.',
  ),
  ORDER_EXT_API_UPDATE_ORDERSHIPPING_WARNING_101: warning(
    '楽天が発送情報に警告を付けました。警告の意味は公開されていません。エラーではないため登録されたものとして扱い、受注を読み取って確認します。内容が違う場合はRMSで直してください。',
    'Rakuten gave a warning with a shipping row. What it means has not been published. As it is no error the row counts as written, and the order is read to check; correct it in RMS if it differs.',
  ),
  ORDER_EXT_API_UPDATE_ORDERSHIPPING_ERROR_011: {
    kind: 'refused',
    http: 400,
    text: {
      ja: '発送日、配送会社または発送明細IDの書式が正しくないため、楽天がこの発送情報を受け付けませんでした。この行は登録されず、発送は報告されていません。発送日(例: 2026-11-22)と配送会社コード(4桁)を直してから再試行してください。',
      en: 'A shipping date, company or row id has a wrong form, so Rakuten did not take this shipping row and the shipment is not reported. Correct the date (like 2026-11-22) or the company’s code of four digits, then try again.',
    },
  },
  ORDER_EXT_API_UPDATE_ORDERSHIPPING_ERROR_101: unexplained({
    ja: '楽天が発送情報を拒否しました。この発送は楽天に報告されていません。',
    en: 'Rakuten refused the shipping row, so the shipment is not reported.',
  }),
  ORDER_EXT_API_UPDATE_ORDERSHIPPING_ERROR_102: outcome(
    undefined,
    {
      ja: 'この受注はキャンセル済みのため、発送を報告できません。',
      en: 'The order is cancelled, so no shipment can be reported.',
    },
    STOP_IT,
  ),
  ORDER_EXT_API_UPDATE_ORDERSHIPPING_ASYNC_INFO_101: note(
    '発送情報の一括更新が受け付けられました。登録の結果はまだ出ていません。後で自動で確認するため、対応は不要です。',
    'The batch of shipping reports was accepted; its results come later and are looked up. Nothing needs to be done.',
  ),
  ORDER_EXT_API_UPDATE_ORDERSHIPPING_ASYNC_ERROR_011: {
    kind: 'refused',
    http: 200,
    text: {
      ja: '発送情報の一括更新で、この受注の項目の書式が正しくないため受け付けられませんでした。この発送は楽天に報告されていません。発送日(例: 2026-11-22)、配送会社コード(4桁)、受注番号を直してから再試行してください。',
      en: 'In a batch of shipping reports a field of this order has a wrong form, so its shipment is not reported. Correct the date (like 2026-11-22), the company’s code of four digits or the order number, then try again.',
    },
  },
  ORDER_EXT_API_GET_RESULT_UPDATEORDERSHIPPING_ASYNC_INFO_101: note(
    '発送情報の一括更新の結果がありません。処理中、受付番号の誤り、保存期間(30日)の経過は区別できません。しばらく自動で確認を続け、出ない場合は受注を読み取って確認します。',
    'There is no result of the batch of shipping reports: it still runs, the id is unknown, or its 30 days are over; Rakuten does not tell which. It is asked again, and in the end the orders themselves are read.',
  ),
  ORDER_EXT_API_GET_RESULT_UPDATEORDERSHIPPING_ASYNC_ERROR_009: refusal(
    400,
    {
      ja: '発送情報の一括更新の結果照会に受付番号(requestId)がないため、楽天が受け付けませんでした。',
      en: 'The question for the result of a batch of shipping reports named no requestId.',
    },
    REPORT_IT,
  ),

  ORDER_EXT_API_UPDATE_ORDERSUBSTATUS_INFO_101: note(
    'サブステータスを更新しました。対応は不要です。',
    'The sub-status was changed. Nothing needs to be done.',
  ),
  ORDER_EXT_API_UPDATE_ORDERSUBSTATUS_ERROR_009: refusal(
    400,
    {
      ja: 'サブステータスの更新に受注番号またはサブステータスの指定がないため、楽天が受け付けませんでした(解除する場合も指定が必要です)。',
      en: 'The change of a sub-status named no order or no subStatusId, which must be there even to clear it.',
    },
    REPORT_IT,
  ),
  ORDER_EXT_API_UPDATE_ORDERSUBSTATUS_ERROR_016: outcome(
    200,
    {
      ja: 'サブステータスを更新する受注に他店舗の受注番号が含まれていたとみられます(正確な意味は公開されていません)。',
      en: 'Another shop’s order was probably among those whose sub-status was to change (the exact meaning has not been published).',
    },
    {
      ja: '受注番号がこの店舗のものかRMSで確認してください。',
      en: 'Check in RMS that the order numbers are this shop’s.',
    },
  ),
  ORDER_EXT_API_UPDATE_ORDERSUBSTATUS_ERROR_101: outcome(
    200,
    {
      ja: 'この受注はキャンセル済みのため、サブステータスを更新できません。',
      en: 'The order is cancelled, so its sub-status cannot be changed.',
    },
    STOP_IT,
  ),
  ORDER_EXT_API_UPDATE_ORDERSUBSTATUS_ERROR_102: outcome(
    200,
    {
      ja: '指定したサブステータスは、この受注の現在のステータスでは使えません。',
      en: 'The sub-status does not belong to the status that the order is in now.',
    },
    {
      ja: 'RMSのサブステータス設定で、現在のステータスに属するものを選んでください。',
      en: 'Choose one that the settings in RMS list under the order’s status.',
    },
  ),

  ORDER_EXT_API_UPDATE_ORDERMEMO_INFO_101: note(
    'ひとことメモを更新しました。対応は不要です。',
    'The memo was changed. Nothing needs to be done.',
  ),
  ORDER_EXT_API_UPDATE_ORDERMEMO_ERROR_107: unexplained({
    ja: '楽天がひとことメモの更新を拒否しました(107)。',
    en: 'Rakuten refused the change of the memo (107).',
  }),
  ORDER_EXT_API_UPDATE_ORDERMEMO_ERROR_108: unexplained({
    ja: '楽天がひとことメモの更新を拒否しました(108)。',
    en: 'Rakuten refused the change of the memo (108).',
  }),
  ORDER_EXT_API_UPDATE_ORDERMEMO_ERROR_109: unexplained({
    ja: '楽天がひとことメモの更新を拒否しました(109)。',
    en: 'Rakuten refused the change of the memo (109).',
  }),
  ORDER_EXT_API_UPDATE_ORDERREMARKS_INFO_101: note(
    '備考を更新しました。対応は不要です。',
    'The remarks were changed. Nothing needs to be done.',
  ),

  ORDER_EXT_API_UPDATE_ORDERSENDER_INFO_101: note(
    '送付先情報を更新しました。対応は不要です。',
    'The destination was changed. Nothing needs to be done.',
  ),
  ORDER_EXT_API_UPDATE_ORDERSENDER_ERROR_114: unexplained({
    ja: '楽天が送付先情報の更新を拒否しました(114)。',
    en: 'Rakuten refused the change of the destination (114).',
  }),
  ORDER_EXT_API_UPDATE_ORDERSENDER_ERROR_115: unexplained({
    ja: '楽天が送付先情報の更新を拒否しました(115)。',
    en: 'Rakuten refused the change of the destination (115).',
  }),
  ORDER_EXT_API_UPDATE_ORDERSENDER_ERROR_136: outcome(
    undefined,
    {
      ja: '代金引換の受注で代引料が指定されていないため、送付先情報を更新できません。',
      en: 'The order is cash on delivery and its fee is missing, so the destination cannot be changed.',
    },
    {
      ja: '代引料とその税率を指定してから再試行してください。',
      en: 'Give the fee and its tax rate, then try again.',
    },
  ),
  ORDER_EXT_API_UPDATE_ORDERSENDER_ERROR_139: outcome(
    undefined,
    {
      ja: '複数SKUの商品でSKU情報が指定されていないため、送付先情報を更新できません。',
      en: 'An item with several SKUs came without its skuInfo, so the destination cannot be changed.',
    },
    {
      ja: '受注を読み直し、SKU情報をそのまま付けて再試行してください。',
      en: 'Read the order again and send its skuInfo as it is.',
    },
  ),

  ORDER_EXT_API_UPDATE_ORDERORDERER_ERROR_033: unexplained({
    ja: '楽天が注文者情報の更新を拒否しました(033)。',
    en: 'Rakuten refused the change of the orderer (033).',
  }),
  ORDER_EXT_API_UPDATE_ORDERDELIVERY_ERROR_901: unexplained({
    ja: '楽天が配送方法の更新を拒否しました(901)。',
    en: 'Rakuten refused the change of the delivery method (901).',
  }),
  ORDER_EXT_API_UPDATE_ORDERDELIVERY_ERROR_902: unexplained({
    ja: '楽天が配送方法の更新を拒否しました(902)。',
    en: 'Rakuten refused the change of the delivery method (902).',
  }),
  ORDER_EXT_API_UPDATE_ORDERDELIVERY_ERROR_903: unexplained({
    ja: '楽天が配送方法の更新を拒否しました(903)。',
    en: 'Rakuten refused the change of the delivery method (903).',
  }),
  ORDER_EXT_API_CANCEL_ORDER_INFO_101: note(
    'キャンセル申請に成功しました。申請の段階で、確定(900)はまだの場合があります。出荷せず、ステータスを確認してください。',
    'The cancellation was applied for, which may not be final (900) yet. Do not ship it, and look at the order’s status.',
  ),
} as const satisfies CodeTable;
