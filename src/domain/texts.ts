import { CONNECTION_TEXTS } from './texts-connection';
import { STANDING_TEXTS } from './texts-standing';
import { speaker, type Wording } from './wording';

export { LANGUAGES, type Language } from './wording';

/** Every text a person sees about an order, by code. `{name}` stands for a parameter of the line. */
const CATALOGUE = {
  ...STANDING_TEXTS,
  'order.imported': {
    ja: '受注を取り込みました(楽天ステータス {rakutenStatus})',
    en: 'Order taken in (Rakuten status {rakutenStatus})',
  },
  'order.imported_late': {
    ja: 'ステータス {rakutenStatus} で初めて取り込みました(この店舗の取込対象は {usual})。取込前に別の場所で処理が進んでいます',
    en: 'First seen at status {rakutenStatus} (this shop takes orders in at {usual}): it was handled elsewhere before',
  },
  'order.found_by_count': {
    ja: '{day} の日次照合で、取り込まれていないことが分かり、取り込みました',
    en: 'The daily count of {day} found that it was missing, and it was taken in',
  },
  'order.confirmed_by_rakuten': {
    ja: 'Okuriが取り込む前に、注文から2分以内に注文確認が済んでいました。RMSの自動注文確認がONになっている可能性があります',
    en: 'It was confirmed within two minutes of being placed, before Okuri saw it: RMS’s own 自動注文確認 seems to be on',
  },
  'order.requested': { ja: '受注番号を指定して開始しました', en: 'Started by order number' },
  'order.status_changed': {
    ja: '楽天ステータスが {from} から {to} に変わりました',
    en: 'Rakuten status changed from {from} to {to}',
  },
  'order.changed_at_rakuten': {
    ja: '楽天側で内容が変わりました: {fields}',
    en: 'Changed at Rakuten: {fields}',
  },
  'order.not_found': {
    ja: '楽天にこの受注番号はありません(他店舗の番号か、2年より前の受注です)',
    en: 'Rakuten does not know this order number (another shop’s, or older than two years)',
  },
  'order.confirmed': { ja: '注文確認を行いました(100→200)', en: 'Confirmed at Rakuten (100→200)' },
  'order.confirmed_elsewhere': {
    ja: '注文確認はすでに済んでいました',
    en: 'It had already been confirmed elsewhere',
  },
  'order.confirm_refused': {
    ja: '楽天が注文確認を受け付けませんでした: {code}',
    en: 'Rakuten refused the confirmation: {code}',
  },
  'order.completed': {
    ja: '楽天が発送済にしました(500)。完了です',
    en: 'Closed by Rakuten as shipped (500): completed',
  },
  'order.cancelled': {
    ja: 'キャンセルが確定しました。在庫の引当を戻しました',
    en: 'Cancelled; reserved stock was released',
  },
  'order.cancelled_after_completion': {
    ja: '発送済のあとに楽天でキャンセルされました。返品を受け取ったら入庫(return)を登録してください',
    en: 'Cancelled at Rakuten after it was shipped: when the goods are back, receive them as a return',
  },
  'order.returned': {
    ja: '発送後のキャンセルにより、返品として入庫しました: {lines}',
    en: 'Taken back into stock after the cancellation: {lines}',
  },
  'order.reserved_as': {
    ja: '予約番号 {reserveNumber} の受注です。受注番号 {orderNumber} として続けます',
    en: 'This is the order reserved as {reserveNumber}: it goes on under {orderNumber}',
  },
  'order.not_closed': {
    ja: '発送日の翌朝になっても楽天が発送済(500)にしていません。足りない発送情報: {rows}',
    en: 'Rakuten did not close the order in the night after it was shipped. Missing shipping information: {rows}',
  },
  'order.stopped': {
    ja: '停止スイッチにより次の処理を止めています: {step}({reason})',
    en: 'The stop switch keeps this from being done: {step} ({reason})',
  },
  'order.shop_retired': {
    ja: 'デモ店舗を停止したため、この受注の処理を終えました',
    en: 'The demo shop was paused, so this order was ended',
  },
  'order.resumed': { ja: '処理を再開しました', en: 'Going on again' },
  'hold.opened': { ja: '保留: {hold}({cause})', en: 'Held: {hold} ({cause})' },
  'hold.released': { ja: '保留解除: {hold}', en: 'Hold released: {hold}' },
  'stock.reserved': { ja: '在庫を引き当てました: {lines}', en: 'Stock reserved: {lines}' },
  'stock.released': { ja: '在庫の引当を戻しました: {lines}', en: 'Stock released: {lines}' },
  'stock.consumed': { ja: '在庫を出庫しました: {lines}', en: 'Stock consumed: {lines}' },
  'fulfilment.requested': {
    ja: '出荷指示を出しました({provider})',
    en: 'Fulfilment order created ({provider})',
  },
  'fulfilment.asked_for': {
    ja: '出荷指示が手動で依頼されました',
    en: 'A fulfilment order was asked for by hand',
  },
  'fulfilment.recalled': { ja: '出荷指示を取り消しました', en: 'Fulfilment order recalled' },
  'fulfilment.too_late': {
    ja: '出荷指示の取消が間に合いませんでした。荷物を止められるか倉庫に確認してください',
    en: 'Too late to recall the fulfilment order: ask the warehouse whether the parcel can be stopped',
  },
  'shipment.received': {
    ja: '出荷を受け取りました: {carrier} {trackingNumber}',
    en: 'Shipment received: {carrier} {trackingNumber}',
  },
  'shipment.adopted': {
    ja: '楽天にすでに登録されていた発送情報を引き継ぎました: {trackingNumber}',
    en: 'Took over shipping information that Rakuten already had: {trackingNumber}',
  },
  'shipment.corrected': {
    ja: '楽天でお荷物伝票番号が {before} から {trackingNumber} に変更されました',
    en: 'The tracking number {before} was changed to {trackingNumber} at Rakuten',
  },
  'shipment.reported': {
    ja: '楽天に発送情報を登録し、読み返して確認しました: {trackingNumber}',
    en: 'Pushed to Rakuten and read back: {trackingNumber}',
  },
  'shipment.submitted': {
    ja: '発送情報を他の受注とまとめて楽天に送りました(受付番号 {requestId})。反映を読み返して確認します',
    en: 'Sent to Rakuten together with other orders (request {requestId}); it is read back until it shows',
  },
  'shipment.settling': {
    ja: '発送情報への楽天の回答が失われました。二重登録を避けるため、反映されたかを時間をおいて読み返してから判断します',
    en: 'Rakuten’s answer to the shipping report was lost: it is looked for later before anything is sent again',
  },
  'shipment.report_again': {
    ja: '最後の読み返しでも発送情報が反映されていないため、もう一度送ります',
    en: 'The shipping report did not show at the last look: it is sent again',
  },
  'shipment.refused': {
    ja: '楽天が発送情報を受け付けませんでした: {code}({trackingNumber})',
    en: 'Rakuten refused the shipping information: {code} ({trackingNumber})',
  },
  'shipment.duplicate_removed': {
    ja: '楽天の重複した発送行を削除しました: {shippingDetailId}',
    en: 'Removed a duplicate shipping row at Rakuten: {shippingDetailId}',
  },
  'shipment.came_too_late': {
    ja: '処理の終わった受注に出荷の連絡がありました。楽天には送っていません: {trackingNumber}',
    en: 'A shipment was reported for an order that had ended; Rakuten was not told: {trackingNumber}',
  },
  'order.ship_from': {
    ja: 'この受注の発送元を {shipFromId} にしました',
    en: 'Sent from {shipFromId}, for this order',
  },
  'order.ship_from_cleared': {
    ja: 'この受注の発送元の指定を外し、店舗の設定に戻しました',
    en: 'Sent from where the shop’s settings say again',
  },
  'personal_data.erased': {
    ja: '購入者と送付先の個人情報を消去しました。金額・明細・発送の記録は残ります',
    en: 'The personal data of buyer and recipients was erased; amounts, lines and parcels stay',
  },
  'personal_data.erasure_asked': {
    ja: '個人情報の消去が依頼されました。この受注が完了したあとに消去します',
    en: 'Erasure of the personal data was asked for: it is done once this order is finished',
  },
  'cancel.requested': {
    ja: 'キャンセルが依頼されました(理由 {reason}、在庫戻し {restoreInventory})',
    en: 'Cancellation asked for (reason {reason}, restore inventory {restoreInventory})',
  },
  'cancel_reason.1': { ja: '購入者都合のキャンセル', en: 'cancelled by the buyer' },
  'cancel_reason.2': { ja: '受取後の返品', en: 'returned after receipt' },
  'cancel_reason.3': { ja: '長期不在による受取拒否', en: 'not received, long absent' },
  'cancel_reason.4': { ja: '未入金', en: 'unpaid' },
  'cancel_reason.5': { ja: '代引決済の受取拒否', en: 'cash on delivery refused' },
  'cancel_reason.6': { ja: 'その他(購入者都合)', en: 'other, buyer' },
  'cancel_reason.8': { ja: '欠品', en: 'out of stock' },
  'cancel_reason.10': { ja: 'その他(店舗都合)', en: 'other, shop' },
  'cancel_reason.13': { ja: '発送遅延', en: 'shipping delay' },
  'cancel_reason.14': { ja: '顧客・配送対応注意表示', en: 'customer or delivery caution' },
  'cancel_reason.15': { ja: '返品(破損・品間違い)', en: 'returned: damaged or wrong item' },
  'cancel.applied': {
    ja: '楽天にキャンセルを申請しました。確定(900)を待ちます',
    en: 'Cancellation applied for at Rakuten; waiting for it to become final (900)',
  },
  'cancel.refused': {
    ja: '楽天がキャンセルを受け付けませんでした: {code}',
    en: 'Rakuten refused the cancellation: {code}',
  },
  'cancel.withdrawn': { ja: 'キャンセルの依頼を取り下げました', en: 'The cancellation was withdrawn' },
  'cancel.too_late': {
    ja: '荷物がすでに出たため、キャンセルの依頼を取り下げました: {trackingNumber}',
    en: 'A parcel had left already, so the cancellation was withdrawn: {trackingNumber}',
  },
  'cancel.shipping_date_removed': {
    ja: 'キャンセルの妨げになる発送日を楽天の発送情報から削除しました',
    en: 'Removed the shipping date that keeps Rakuten from cancelling',
  },
  'deadline.at_risk': {
    ja: '期限が迫っています: {deadline}({at})',
    en: 'A deadline is in danger: {deadline} ({at})',
  },
  'deadline.missed': {
    ja: '期限を過ぎました: {deadline}({at})',
    en: 'A deadline was missed: {deadline} ({at})',
  },
  'cause.too_late': { ja: '倉庫が発送済み', en: 'the warehouse has shipped it' },
  'cause.zip_unknown': { ja: '郵便番号が正しくありません', en: 'postal code is not valid' },
  'cause.zip_prefecture': {
    ja: '郵便番号と都道府県が一致しません',
    en: 'postal code belongs to another prefecture',
  },
  'cause.no_house_number': { ja: '番地がありません', en: 'no house number' },
  'cause.remote_island': { ja: '離島', en: 'remote island' },
  'alert.test': {
    ja: 'テスト通知です。届いていれば、この店舗の通知先は正しく設定されています',
    en: 'A test: if it arrives, the alerts of this shop are set up well',
  },
  'key.expires_soon': {
    ja: 'ライセンスキー(末尾{last4})の有効期限まであと{days}日です({until}まで)。RMS「5/6 WEB APIサービス」>「ライセンスキーの確認・変更」>「新しいライセンスキーを発行」で発行し、登録してください。今のキーは期限まで使えます',
    en: 'The licence key that ends in {last4} expires in {days} days (at the end of {until}). Issue a new one in RMS > 5/6 WEB APIサービス > ライセンスキーの確認・変更 > 新しいライセンスキーを発行 and register it here; this one works until then',
  },
  'key.expired': {
    ja: 'ライセンスキー(末尾{last4})の有効期限が切れました({until}まで)。RMS「5/6 WEB APIサービス」>「ライセンスキーの確認・変更」>「新しいライセンスキーを発行」で発行し、登録してください',
    en: 'The licence key that ends in {last4} has expired (at the end of {until}). Issue a new one in RMS > 5/6 WEB APIサービス > ライセンスキーの確認・変更 > 新しいライセンスキーを発行 and register it here',
  },
  'key.expiry_unknown': {
    ja: 'ライセンスキー(末尾{last4})の有効期限を楽天から読み取れないため、期限切れの予告ができません。RMS「5/6 WEB APIサービス」>「2-1 アプリ一覧」>「自店舗利用」の利用機能編集で license.expiryDate.get にチェックを入れ、「確認する」「登録する」を押してください',
    en: 'Rakuten does not tell when the licence key that ends in {last4} expires, so nobody can be warned. In RMS > 5/6 WEB APIサービス > 2-1 アプリ一覧 > 自店舗利用 > 利用機能編集 tick license.expiryDate.get and press 確認する, then 登録する',
  },
  'key.renewal_requested': {
    ja: '新しいライセンスキー(末尾{last4})を受け付けました。楽天で有効になるまで確認を続け、それまでは今のキーを使います',
    en: 'A new licence key, ending in {last4}, was registered. It is tried until Rakuten takes it; calls go out with the present one until then',
  },
  'key.switched': {
    ja: 'ライセンスキーを切り替えました(末尾{from}から末尾{to}へ)',
    en: 'Calls go out with a new licence key (ending in {to}, before in {from})',
  },
  'key.fell_back': {
    ja: '楽天がライセンスキー(末尾{from})を拒否したため、有効な別のキー(末尾{to})で続けています',
    en: 'Rakuten refuses the licence key that ends in {from}; calls go on with another one that it takes, ending in {to}',
  },
  'key.renewal_failed': {
    ja: '新しいライセンスキー(末尾{last4})は期限までに有効にならなかったため、登録を取りやめました。他は何も変わっていません。楽天の最後の回答: {said}',
    en: 'The new licence key, ending in {last4}, did not become live in time and was given up; nothing else was changed. What Rakuten said last: {said}',
  },
  'key.renewal_cancelled': {
    ja: '新しいライセンスキー(末尾{last4})の登録を取り消しました。他は何も変わっていません',
    en: 'The renewal with the licence key that ends in {last4} was cancelled; nothing else was changed',
  },
  'shop.parked_for_key': {
    ja: '楽天がライセンスキー(末尾{last4})を拒否したため、楽天への送信を止めました。受注{orders}件が待っています。新しいキーを登録すると自動で再開します',
    en: 'Rakuten refuses the licence key that ends in {last4}, so nothing is sent to it. {orders} orders wait. Once a new key is registered they go on by themselves',
  },
  'shop.goes_on': {
    ja: '楽天がライセンスキーを受け付けたため、再開しました。待っていた受注{orders}件を期限の近い順に進めます',
    en: 'Rakuten takes the licence key, and the shop goes on: the {orders} orders that waited, the most urgent first',
  },
  'renewal.not_asked': { ja: 'まだ楽天に確認していません', en: 'Rakuten was not asked yet' },
  'renewal.not_taken': {
    ja: '楽天はこのキーをまだ受け付けません。発行直後のキーは有効になるまで10〜90分かかります。誤りの可能性もあります。RMS「5/6 WEB APIサービス」>「ライセンスキーの確認・変更」の値と比べてください(大文字のIと小文字のlに注意)',
    en: 'Rakuten does not take this key yet. A new key needs 10 to 90 minutes. It may also be wrong: compare it with RMS > 5/6 WEB APIサービス > ライセンスキーの確認・変更 (mind capital I and small l)',
  },
  'renewal.order_api_refuses': {
    ja: 'キーは有効ですが、受注APIがまだ受け付けません。有効になる途中か、受注の利用機能にチェックがありません。続く場合はRMS「5/6 WEB APIサービス」>「2-1 アプリ一覧」>「自店舗利用」の利用機能編集で rpay.order.* にチェックを入れ、「確認する」「登録する」を押してください',
    en: 'The key is live, but the order API does not take it. Either it is just becoming live, or the functions of orders are not ticked: should this last, tick rpay.order.* in RMS > 5/6 WEB APIサービス > 2-1 アプリ一覧 > 自店舗利用 > 利用機能編集 and press 確認する, then 登録する',
  },
  'renewal.inventory_api_refuses': {
    ja: 'キーは有効ですが、在庫APIがまだ受け付けません。現在のキーは受け付けられているため、新しいキーが行き渡るのを待ちます',
    en: 'The key is live, but the inventory API does not take it yet, as it does the key in use: waiting until the new one is known everywhere',
  },
  'renewal.rakuten_away': {
    ja: '楽天が応答しないため、キーを確認できません(障害またはメンテナンス)。自動で確認を続けます',
    en: 'Rakuten does not answer (down or in maintenance), so nothing can be said of the key. It is tried again by itself',
  },
  'renewal.taken_once': {
    ja: '楽天がこのキーを受け付けました。数秒後にもう一度確認できたら切り替えます',
    en: 'Rakuten took the key. Once it takes it again, some seconds later, calls go out with it',
  },
  'renewal.live': {
    ja: '楽天がこのキーを受け付け、切り替えが完了しました',
    en: 'Rakuten takes the key, and calls go out with it',
  },
  'rms.call': {
    ja: '楽天 {operation}: {outcome}{refusal}(まとめ {batchSize}/{batchLimit}件、待ち{waited}秒、応答{answered}秒)',
    en: 'Rakuten {operation}: {outcome}{refusal} (batch {batchSize}/{batchLimit}, waited {waited} s, answered in {answered} s)',
  },
  'rms.outcome.ok': { ja: '成功', en: 'done' },
  'rms.outcome.no_connection': {
    ja: '店舗のキーまたは接続先を読み出せず未送信',
    en: 'not sent, the shop’s keys or address could not be had',
  },
  'rms.outcome.unauthorised': { ja: 'ライセンスキー拒否', en: 'key refused' },
  'rms.outcome.forbidden_function': {
    ja: '入口で拒否(利用機能の未設定など)',
    en: 'turned away at the door (function not ticked, or key new or expired)',
  },
  'rms.outcome.refused': { ja: '拒否', en: 'refused' },
  'rms.outcome.invalid_request': { ja: '送信前の検査で不備', en: 'not sent, the request was not valid' },
  'rms.outcome.throttled': { ja: '要求過多で拒否', en: 'refused, too many requests' },
  'rms.outcome.unavailable': { ja: '楽天が応答不可', en: 'Rakuten did not serve it' },
  'rms.outcome.maintenance': { ja: '楽天がメンテナンス中', en: 'Rakuten is in maintenance' },
  'rms.outcome.unknown_outcome': {
    ja: '結果不明(反映された可能性あり)',
    en: 'outcome unknown, it may have taken effect',
  },
  'rms.outcome.malformed': { ja: '仕様と異なる回答', en: 'an answer that is not as documented' },
  'rms.outcome.conflict': { ja: '別の変更と競合', en: 'another change was in the way' },
  'rms.outcome.parked': { ja: '店舗が一時停止中のため未送信', en: 'not sent, the shop is parked' },
  'rms.outcome.busy': { ja: '時間内に呼び出し枠が空かず未送信', en: 'not sent, no free turn in time' },
  'rms.outcome.withdrawn': { ja: '送信前に取り下げ', en: 'taken back before it was sent' },
  ...CONNECTION_TEXTS,
  'import.not_started': {
    ja: 'Temporalが応答しなかったため、開始できませんでした。もう一度取り込んでください',
    en: 'It could not be started because Temporal did not answer: ask for it again',
  },
  'import.shop_retired': {
    ja: '店舗が停止されたため、取り込みを終えました',
    en: 'It ended because the shop is out of service',
  },
  'listings.not_started': {
    ja: 'Temporalが応答せず、読込を開始できませんでした。もう一度お試しください',
    en: 'Temporal did not answer, so it was not started: ask for it again',
  },
  'listings.shop_retired': {
    ja: '店舗の利用を終了したため、読込を終えました',
    en: 'The shop was taken out of service, so the reading was ended',
  },
  'link.system_code': {
    ja: 'システム連携用SKU番号「{code}」が一致します',
    en: 'システム連携用SKU番号 {code} is the SKU’s code',
  },
  'link.item_number': {
    ja: '商品番号「{code}」が一致します(SKUが1つの商品)',
    en: '商品番号 {code} is the SKU’s code, and the item has no other SKU',
  },
  'link.manage_number': {
    ja: '商品管理番号「{code}」が一致します(SKUが1つの商品)',
    en: '商品管理番号 {code} is the SKU’s code, and the item has no other SKU',
  },
  'link.cart_code': {
    ja: '商品番号と項目選択肢別在庫の番号を合わせた「{code}」が一致します',
    en: '商品番号 with the option’s codes, {code}, is the SKU’s code',
  },
  'link.name_exact': {
    ja: '商品名と選択肢「{name}」がSKU名と完全に一致します',
    en: 'Title and option, “{name}”, are exactly the SKU’s name',
  },
  'link.name_normalised': {
    ja: '全角・半角、大文字・小文字、空白の違いを除くと名前が一致します: 楽天「{theirs}」、SKU「{ours}」',
    en: 'The names are the same but for width, case and blanks: “{theirs}” at Rakuten, “{ours}” here',
  },
  'link.several_listings': {
    ja: '「{what}」は次の商品にも使われています: {pairs}',
    en: '“{what}” also stands for: {pairs}',
  },
  'link.several_skus': {
    ja: '「{what}」に当てはまるSKUが複数あります: {skuCodes}',
    en: '“{what}” fits several SKUs: {skuCodes}',
  },
  'link.bases_disagree': {
    ja: '手がかりによって別のSKUを指しています: {says}',
    en: 'What it goes by names different SKUs: {says}',
  },
  'file.broken': {
    ja: 'ファイルを読み取れません: {detail}',
    en: 'The file cannot be read from here on: {detail}',
  },
  'file.too_large': {
    ja: '展開すると大きすぎます: {detail}',
    en: 'It unfolds to too much: {detail}',
  },
  'file.too_many_rows': {
    ja: '行が多すぎます。1ファイルは{detail}行までです',
    en: 'Too many rows: a file has at most {detail}',
  },
  'file.column_unknown': {
    ja: 'この列はありません。使える列: {detail}',
    en: 'There is no such column; the columns are {detail}',
  },
  'file.column_missing': {
    ja: '列がありません: {detail}',
    en: 'A column is missing: {detail}',
  },
  'file.column_twice': {
    ja: '同じ列が2つあります: {detail}',
    en: 'The column is there twice: {detail}',
  },
  'file.beyond_header': {
    ja: '見出しのない列に値があります: {detail}',
    en: 'A value in a column without a header: {detail}',
  },
  'file.encoding': {
    ja: '文字化けした文字があります: {detail}',
    en: 'Characters that mean nothing in the encoding of the file: {detail}',
  },
  'file.cell_error': {
    ja: '数式がエラーです: {detail}',
    en: 'A formula came to an error: {detail}',
  },
  'file.required': {
    ja: '値が必要です',
    en: 'A value is required',
  },
  'file.too_long': {
    ja: '長すぎます(最大{detail}文字)',
    en: 'Too long (at most {detail} characters)',
  },
  'file.control_character': {
    ja: '改行などの制御文字は使えません: {detail}',
    en: 'Line breaks and other control characters are not possible: {detail}',
  },
  'file.not_whole': {
    ja: '整数ではありません: {detail}',
    en: 'Not a whole number: {detail}',
  },
  'file.out_of_range': {
    ja: '範囲外の数です({detail})',
    en: 'Out of range ({detail})',
  },
  'file.quantity_sign': {
    ja: 'receive と return は正の数、adjust は0以外です: {detail}',
    en: 'receive and return take a positive quantity, adjust any but 0: {detail}',
  },
  'file.kind_unknown': {
    ja: '種別は receive(入庫)、adjust(調整)、return(返品)のどれかです: {detail}',
    en: 'The kind is receive, adjust or return: {detail}',
  },
  'file.half_component': {
    ja: '構成SKUコードと構成数量は両方必要です',
    en: 'A component needs both its code and its quantity',
  },
  'file.differs': {
    ja: '同じSKUの前の行と異なります(前の行: {detail})',
    en: 'Another row of the same SKU says something else: {detail}',
  },
  'file.twice': {
    ja: '前の行と重複しています: {detail}',
    en: 'A row before it has the same: {detail}',
  },
  'file.cart_code_taken': {
    ja: 'このカートコードは別のSKUのものです: {detail}',
    en: 'Another SKU has this cart code: {detail}',
  },
  'file.sku_unknown': {
    ja: 'このSKUは登録されていません: {detail}',
    en: 'No such SKU: {detail}',
  },
  'file.set_has_no_stock': {
    ja: 'セット商品に在庫はありません。構成SKUを指定してください: {detail}',
    en: 'A set has no stock of its own, move its components: {detail}',
  },
  'file.sku_has_stock': {
    ja: '在庫があるSKUはセット商品にできません。先に在庫を0に調整してください: {detail}',
    en: 'The SKU has stock of its own: adjust it to zero before it becomes a set: {detail}',
  },
  'file.set_cycle': {
    ja: 'セットが自分自身を含んでいます: {detail}',
    en: 'The set contains itself: {detail}',
  },
  'difference.unexplained': {
    ja: '原因が分かりません。RMSで在庫数を変更したか、ほかの販路で売れた可能性があります',
    en: 'Nothing here explains it: the number was changed in RMS, or it was sold elsewhere',
  },
  'difference.pair_not_storable': {
    ja: '商品管理番号またはSKU管理番号が、楽天で在庫を持てない形です。楽天には問い合わせていません',
    en: 'Rakuten holds no stock under these names, so it was not asked',
  },
  'difference.no_opening_balance': {
    ja: '在庫の期首残高がありません。楽天の在庫数だけが分かっています。入庫するか、楽天の在庫数を引き継いでください',
    en: 'No opening balance: only Rakuten’s number is known. Receive stock, or take Rakuten’s number over',
  },
  'difference.no_record': {
    ja: '楽天に在庫の登録がありません(出品されていないか、新しいSKUです)',
    en: 'Rakuten has no record of it: not listed there, or a new SKU',
  },
  'difference.sync_off': {
    ja: '在庫連携がOFFのため、楽天の在庫数はOkuriが変更していません',
    en: 'The shop does not publish stock (stockSync is off)',
  },
  'difference.waiting': {
    ja: '次の同期での反映を待っています',
    en: 'It waits for the next synchronisation to bring the numbers together',
  },
  'difference.refused': {
    ja: '楽天が在庫数の更新を受け付けませんでした: {rakutenCode}',
    en: 'Rakuten refused the number: {rakutenCode}',
  },
  'difference.moving': {
    ja: '最後に受注を検索したあとに数が動いています。まだ取り込まれていない受注による可能性があります',
    en: 'A number moved after orders were last searched: an order that is not here yet may be why',
  },
  'difference.orders_in_flight': {
    ja: '引当のできていない受注が{units}個あり、当方の数から除いています: {orders}',
    en: '{units} units were sold and are not reserved yet; ours is less by them: {orders}',
  },
  'difference.oversold': {
    ja: '在庫より{units}個多く売れているため、当方の数は0です',
    en: 'Oversold by {units} units, so ours counts as 0',
  },
  'left.no_difference': {
    ja: 'この照合では差異がありません',
    en: 'This reconciliation found no difference here',
  },
  'left.link_gone': {
    ja: '照合のあとに紐付けが変わりました。もう一度照合してください',
    en: 'Its link changed after the comparison: reconcile again',
  },
  'left.pair_not_storable': {
    ja: '楽天で在庫を持てない番号です',
    en: 'Rakuten holds no stock under these names',
  },
  'left.no_opening_balance': {
    ja: '期首残高がないため、反映する数がありません',
    en: 'It has no opening balance, so there is no number to publish',
  },
  'left.no_record': {
    ja: '楽天に在庫の登録がないため、引き継ぐ数がありません',
    en: 'Rakuten has no record of it, so there is no number to take over',
  },
  'left.set': {
    ja: 'セット商品の在庫数からは構成品の数が分かりません。構成品ごとに在庫を数えてください',
    en: 'Rakuten’s number of a set does not tell those of its components: count them one by one',
  },
  'left.not_linked': {
    ja: 'この店舗の商品に紐付いていません',
    en: 'Nothing of this shop is linked to it',
  },
  'fix_when.next_cycle': {
    ja: '次の自動同期で行われます',
    en: 'It happens with the next synchronisation, by itself',
  },
  'fix_when.next_sync': {
    ja: '自動受注連携がOFFのため、次に手動で同期(POST …/sync)したときに行われます',
    en: 'automaticOrderIntegration is off: it happens with the next POST …/sync',
  },
  'publication.settled': { ja: '楽天の在庫数は一致しています', en: 'Rakuten shows our number' },
  'publication.written': {
    ja: '楽天に送りました。次の同期で読み返します',
    en: 'Sent to Rakuten; it is read back with the next synchronisation',
  },
  'publication.unlisted': {
    ja: '楽天に在庫の登録がありません。出品を確認してください',
    en: 'Rakuten has no record of it: look whether it is listed there',
  },
  'publication.refused': {
    ja: '楽天が在庫数の更新を受け付けませんでした: {rakutenCode}',
    en: 'Rakuten refused the number: {rakutenCode}',
  },
  'reconciliation.not_started': {
    ja: 'Temporalが応答しなかったため、開始できませんでした。もう一度照合してください',
    en: 'It could not be started because Temporal did not answer: ask for it again',
  },
  'reconciliation.shop_retired': {
    ja: '店舗が停止されたため、照合を終えました',
    en: 'It ended because the shop is out of service',
  },
  'reconciliation.sku_project_not_migrated': {
    ja: 'SKUプロジェクト移行前の店舗のため、照合できません',
    en: 'The shop is from before the SKU project, so its stock cannot be read',
  },
  'alert.stock_unexplained': {
    ja: '在庫照合で、原因の分からない差異が{units}件ありました(照合 {reconciliationId})',
    en: 'The stock reconciliation found {units} differences that nothing explains (reconciliation {reconciliationId})',
  },
  'alert.stock_unbalanced': {
    ja: '在庫残高が入出庫の合計と一致しないSKUが{units}件あります。Okuri側の不具合です(照合 {reconciliationId})',
    en: '{units} stock balances are not the sum of their movements, which is a fault of Okuri (reconciliation {reconciliationId})',
  },
} as const satisfies Record<string, Wording>;

/** The code of a text in the catalogue. */
export type TextCode = keyof typeof CATALOGUE;

/** Whether a string is the code of a text. */
export const isTextCode = (code: string): code is TextCode => Object.hasOwn(CATALOGUE, code);

/** The wording of a code in one language, with its parameters filled in. A missing parameter stays visible as `{name}`. */
export const say = speaker<TextCode>(CATALOGUE);

/** All texts, for the generated table in the docs. */
export const allTexts = (): readonly (readonly [TextCode, Wording])[] =>
  (Object.keys(CATALOGUE) as TextCode[]).map((code) => [code, CATALOGUE[code]]);
