import type { Wording } from './wording';

/** What people read about a shop's connection to Rakuten: warnings, the test of its functions, the set-up. */
export const CONNECTION_TEXTS = {
  'warning.auto_confirm_on': {
    ja: 'RMSの自動注文確認がONになっているようです(受注 {orderNumber})。この店舗ではOkuriが注文確認を行うため、保留が効かないまま確定してしまいます。RMSの「受注・決済管理」→「処理設定」→「自動注文確認」をOFFにしてください',
    en: 'RMS’s own automatic order confirmation seems to be on (order {orderNumber}). Here Okuri confirms, and orders that RMS confirms first escape its holds. Switch it off in RMS: 受注・決済管理 → 処理設定 → 自動注文確認',
  },
  'warning.clock_off': {
    ja: 'Okuriを動かしているマシンの時計が、楽天の時計より{seconds}秒{direction}。時刻で探す検索が受注を見落とし、期限がずれ、署名付きの通信が拒否されます。このマシンの時刻同期(NTP)を有効にし、時刻を合わせてください',
    en: 'The clock of the machine that Okuri runs on is {seconds} seconds {direction} Rakuten’s. Searches by time miss orders, deadlines are wrong, and signed requests are refused. Switch on time synchronisation (NTP) on that machine and set its clock',
  },
  'clock.ahead': { ja: '進んでいます', en: 'ahead of' },
  'clock.behind': { ja: '遅れています', en: 'behind' },
  'warning.search_window_spent': {
    ja: '楽天の受注検索で届く範囲が残りわずかです。{windowReason}(残り {left}{unit})',
    en: 'The room that Rakuten gives searches for orders is nearly used up. {windowReason} (left: {left} {unit})',
  },
  'window_reason.rows': {
    ja: '1回の検索が15,000件に達し、これ以上期間を分割できません。その受注は取り込めていないため、RMSで受注を絞り込んで確認してください',
    en: 'One search holds 15,000 orders and its span cannot be cut any further, so those orders are not taken in: look for them in RMS',
  },
  'window_reason.reach': {
    ja: '新しい受注の検索が長く完了しておらず、楽天で検索できる730日の終わりに近づいています。過ぎた受注は取り込めません。検索が完了しない原因(店舗の停止理由)を解消してください',
    en: 'The search for new orders has not come through for so long that it nears the 730 days which Rakuten can search. What lies before is lost to it: see why the shop stands still',
  },
  'window_reason.open_order': {
    ja: '最も古い未完了の受注が、楽天で検索・取得できる730日の終わりに近づいています。RMSで完了またはキャンセルにしてください',
    en: 'The oldest open order nears the 730 days which Rakuten can search and read: complete or cancel it in RMS',
  },
  'window_reason.window': {
    ja: '新しい受注の検索が、1回の検索期間(63日)に近い間、完了していません。再開後は複数回の検索に分けて自動で取り込みます。検索が完了しない原因を解消してください',
    en: 'The search for new orders has not come through for nearly the 63 days of one search. Catching up will need several, which happens by itself: see why the shop stands still',
  },
  'unit.days': { ja: '日', en: 'days' },
  'unit.rows': { ja: '件', en: 'rows' },
  'warning.key_expires_soon': {
    ja: 'licenseKeyの有効期限まであと{days}日です({day} 23:59まで)。RMSの「ライセンスキーの確認・変更」→「新しいライセンスキーを発行」で発行し、登録してください。新しいキーが有効になるまで10〜90分かかります',
    en: 'The licenseKey has {days} days left (it ends on {day} at 23:59 in Japan). Issue a new one in RMS, ライセンスキーの確認・変更 → 新しいライセンスキーを発行, and register it: it needs 10 to 90 minutes to become live',
  },
  'warning.key_expired': {
    ja: 'licenseKeyの有効期限が切れました({day})。この店舗は楽天を呼び出せません。RMSの「ライセンスキーの確認・変更」→「新しいライセンスキーを発行」で発行し、登録してください',
    en: 'The licenseKey ended on {day}, so nothing of this shop works at Rakuten. Issue a new one in RMS, ライセンスキーの確認・変更 → 新しいライセンスキーを発行, and register it',
  },
  'shop.warning_over': { ja: '警告は解消しました: {warning}', en: 'This is over: {warning}' },
  'warning_name.auto_confirm_on': { ja: 'RMSの自動注文確認', en: 'RMS’s automatic order confirmation' },
  'warning_name.clock_off': { ja: 'マシンの時計のずれ', en: 'the machine’s clock is off' },
  'warning_name.search_window_spent': {
    ja: '受注検索の範囲不足',
    en: 'little room left for searches',
  },
  'warning_name.key_expires_soon': { ja: 'licenseKeyの期限間近', en: 'the licence key ends soon' },
  'warning_name.key_expired': { ja: 'licenseKeyの期限切れ', en: 'the licence key has ended' },

  'rms_function.license.expiryDate.get': {
    ja: 'licenseKeyの有効期限の確認。キーの異常と機能の未設定を見分けるためにも使います',
    en: 'Reads when the licence key ends; also tells a bad key from a function that is not ticked',
  },
  'rms_function.searchOrder': {
    ja: '新しい受注と、状態の変わった受注の検索',
    en: 'Finds new orders and those that moved',
  },
  'rms_function.getOrder': { ja: '受注内容の取得', en: 'Reads orders' },
  'rms_function.confirmOrder': { ja: '注文確認(100→200)', en: 'Confirms orders (100→200)' },
  'rms_function.updateOrderShipping': {
    ja: '発送情報(お荷物伝票番号・発送日)の登録・修正・削除',
    en: 'Writes, corrects and deletes shipping information (tracking number, ship date)',
  },
  'rms_function.updateOrderShippingAsync': {
    ja: '多数の受注の発送情報をまとめて登録',
    en: 'Writes the shipping information of many orders at once',
  },
  'rms_function.getResultUpdateOrderShippingAsync': {
    ja: 'まとめて登録した発送情報の結果確認',
    en: 'Asks what became of shipping information that was written at once',
  },
  'rms_function.cancelOrder': { ja: '発送前の注文キャンセル', en: 'Cancels orders before they ship' },
  'rms_function.cancelOrderAfterShipping': {
    ja: '発送後の注文キャンセル(返品)',
    en: 'Cancels orders after they shipped (returns)',
  },
  'rms_function.items.search': {
    ja: '商品とSKUの一覧の取得(SKUの紐付けに使用)。有料の商品一括編集機能は不要です',
    en: 'Reads what is listed, for linking SKUs; it does not need the paid 商品一括編集機能',
  },
  'rms_function.inventories.bulk.get': {
    ja: '楽天の在庫数の取得',
    en: 'Reads Rakuten’s stock',
  },
  'rms_function.inventories.bulk.upsert': {
    ja: '楽天の在庫数の更新',
    en: 'Writes Rakuten’s stock',
  },
  'rms_need.always': { ja: 'どの店舗でも必要です', en: 'Every shop needs it' },
  'rms_need.confirming': {
    ja: '注文確認をOkuriで行う場合に必要です(automaticOrderConfirmation)',
    en: 'Needed where Okuri confirms orders (automaticOrderConfirmation)',
  },
  'rms_need.stock': {
    ja: '在庫を連携する場合に必要です(stockSync が off 以外)',
    en: 'Needed where stock is published (stockSync other than off)',
  },
  'rms_need.listing': {
    ja: '受注の自動取込または在庫連携を行う場合に必要です(automaticOrderIntegration、stockSync)',
    en: 'Needed where orders come in by themselves or stock is published (automaticOrderIntegration, stockSync)',
  },
  'rms_need.batching': {
    ja: 'なくても動作します。1日に多数の受注を発送する店舗ではあると速くなります(100件ずつまとめて報告)',
    en: 'Not needed; it makes shops faster that ship many orders a day (parcels of a hundred orders are reported at once)',
  },
  'rms_need.cancelling': {
    ja: 'Okuriから注文をキャンセルする場合だけ必要です',
    en: 'Needed only where people cancel orders in Okuri',
  },
  'rms_evidence.documented': { ja: 'RMSの表示名', en: 'as RMS shows it' },
  'rms_evidence.inferred': {
    ja: 'RMSの表示名は公開資料で未確認(同じ枠の他の機能の名前から推定)',
    en: 'not quoted in public material: named as its neighbours are',
  },

  'connection.summary.works': {
    ja: '接続できています。この店舗に必要な{count}機能はすべて使えます',
    en: 'The connection works: all {count} functions that this shop needs can be called',
  },
  'connection.summary.functions_missing': {
    ja: 'キーは有効ですが、この店舗に必要な機能のうち使えないものがあります: {functions}。RMSの利用機能編集でチェックを入れ、「確認する」「登録する」の順に押してください',
    en: 'The key is alive, but functions that this shop needs cannot be called: {functions}. Tick them in RMS (利用機能編集), press 確認する, then 登録する',
  },
  'connection.summary.key_refused': {
    ja: 'どの機能も使えません。最も考えられる原因: {connectionCause}',
    en: 'No function can be called. Most likely: {connectionCause}',
  },
  'connection.summary.partly_unknown': {
    ja: '使えるか分からない機能があります: {functions}({connectionCause})。少し後にもう一度テストしてください',
    en: 'Of some functions it could not be found out: {functions} ({connectionCause}). Test again a little later',
  },
  'connection.summary.no_answer': {
    ja: '楽天から判断できる回答がありませんでした({connectionCause})。キーの良し悪しは分かりません。少し後にもう一度テストしてください',
    en: 'Rakuten gave no answer to go by ({connectionCause}), which says nothing of the key. Test again a little later',
  },
  'connection.cause.function_not_ticked': {
    ja: '利用機能編集でこの機能にチェックが入っていません',
    en: 'this function is not ticked in 利用機能編集',
  },
  'connection.todo.function_not_ticked': {
    ja: 'RMS「店舗様向け情報・サービス」→「5/6 WEB APIサービス」→「2-1 アプリ一覧」→「自店舗利用」の「詳細」→「利用機能編集」で、この機能の「利用する」にチェックを入れ、「確認する」を押し、次の画面で「登録する」を押してください',
    en: 'In RMS open 店舗様向け情報・サービス → 5/6 WEB APIサービス → 2-1 アプリ一覧 → 自店舗利用 → 詳細 → 利用機能編集, tick this function, press 確認する, and 登録する on the next screen',
  },
  'connection.cause.not_registered': {
    ja: 'チェックを入れて「確認する」を押したあと、「登録する」が押されていません',
    en: 'it was ticked and 確認する was pressed, but not 登録する on the next screen',
  },
  'connection.todo.not_registered': {
    ja: '利用機能編集をもう一度開き、チェックが残っているか確認してください。消えていれば入れ直し、「確認する」「登録する」の両方を押してください',
    en: 'Open 利用機能編集 again and see whether the tick is still there; if not, tick it again and press both 確認する and 登録する',
  },
  'connection.cause.paid_option': {
    ja: '商品APIに有料の商品一括編集機能が必要とされている可能性があります(この機能は不要とされていますが、必要とする案内もあります)',
    en: 'Rakuten may ask for the paid 商品一括編集機能 (this function is said not to need it, though some manuals say so)',
  },
  'connection.todo.paid_option': {
    ja: 'チェックと登録を確認しても使えない場合は、RMSで商品一括編集機能の契約状況を確認し、楽天の店舗運営サポートに問い合わせてください',
    en: 'Where it is ticked and registered and still refused, look in RMS whether the shop has 商品一括編集機能, and ask Rakuten’s support',
  },
  'connection.cause.no_function_ticked': {
    ja: '利用機能編集でどの機能にもチェックが入っていないか、登録されていません',
    en: 'no function at all is ticked in 利用機能編集, or 登録する was not pressed',
  },
  'connection.todo.no_function_ticked': {
    ja: 'RMS「5/6 WEB APIサービス」→「2-1 アプリ一覧」→「自店舗利用」の「詳細」→「利用機能編集」で必要な機能にチェックを入れ、「確認する」「登録する」の順に押してください',
    en: 'In RMS → 5/6 WEB APIサービス → 2-1 アプリ一覧 → 自店舗利用 → 詳細 → 利用機能編集 tick what is needed, press 確認する, then 登録する',
  },
  'connection.cause.key_misshapen': {
    ja: '楽天が認証情報の形式を不正と判断しました(文字の欠けや余分な文字)',
    en: 'Rakuten finds the credentials misshapen: characters are missing or too many',
  },
  'connection.todo.key_misshapen': {
    ja: 'RMS「ライセンスキーの確認・変更」でserviceSecretとlicenseKeyを表示し、手入力せずコピーして登録し直してください',
    en: 'Show serviceSecret and licenseKey in RMS (ライセンスキーの確認・変更), copy them without typing, and register them again',
  },
  'connection.cause.key_expired': {
    ja: 'licenseKeyの有効期限(90日)が切れています',
    en: 'the licenseKey has ended (it lives 90 days)',
  },
  'connection.todo.key_expired': {
    ja: 'RMS「5/6 WEB APIサービス」→「ライセンスキーの確認・変更」→「新しいライセンスキーを発行」で発行し、登録してください。有効になるまで10〜90分かかります',
    en: 'Issue a new one in RMS → 5/6 WEB APIサービス → ライセンスキーの確認・変更 → 新しいライセンスキーを発行 and register it; it needs 10 to 90 minutes to become live',
  },
  'connection.cause.key_stopped': {
    ja: '以前は使えていたキーです。RMSで利用停止にされたか、アプリが変更されています',
    en: 'this key worked before: it was stopped in RMS (利用停止), or its app was changed',
  },
  'connection.todo.key_stopped': {
    ja: 'RMS「ライセンスキーの確認・変更」で、このキー(末尾4文字)が有効な状態か確認してください。停止されていれば新しいキーを発行し、登録してください',
    en: 'Look in RMS (ライセンスキーの確認・変更) whether this key, by its last four characters, is in use; if it was stopped, issue a new one and register it',
  },
  'connection.cause.not_live_yet': {
    ja: '発行したばかりのキーで、まだ有効になっていません(10〜90分)',
    en: 'the key is new and not live yet (it takes 10 to 90 minutes)',
  },
  'connection.todo.not_live_yet': {
    ja: 'RMSでの操作は不要です。発行から90分たってからもう一度テストしてください',
    en: 'Nothing to click: test again 90 minutes after it was issued',
  },
  'connection.cause.wrong_key': {
    ja: 'licenseKeyが誤っています(大文字のIと小文字のl、数字の0と大文字のOの取り違えが多い)',
    en: 'the licenseKey is wrong (capital I for small l, zero for capital O)',
  },
  'connection.todo.wrong_key': {
    ja: 'RMS「5/6 WEB APIサービス」→「ライセンスキーの確認・変更」でlicenseKeyを表示し、コピーして登録し直してください',
    en: 'Show the licenseKey in RMS → 5/6 WEB APIサービス → ライセンスキーの確認・変更, copy it, and register it again',
  },
  'connection.cause.wrong_secret': {
    ja: 'serviceSecretが誤っているか、別の店舗のものです',
    en: 'the serviceSecret is wrong, or another shop’s',
  },
  'connection.todo.wrong_secret': {
    ja: 'RMS「5/6 WEB APIサービス」→「ライセンスキーの確認・変更」でserviceSecretを表示し、コピーして登録し直してください(再発行しても変わりません)',
    en: 'Show the serviceSecret in RMS → 5/6 WEB APIサービス → ライセンスキーの確認・変更, copy it, and register it again (it stays the same when a key is reissued)',
  },
  'connection.cause.rakuten_down': {
    ja: '楽天が処理できませんでした(障害または混雑)',
    en: 'Rakuten did not serve the request (down or overloaded)',
  },
  'connection.todo.rakuten_down': {
    ja: 'RMSでの操作は不要です。RMSの障害情報を確認し、少し後にもう一度テストしてください',
    en: 'Nothing to click: look at the notices in RMS and test again a little later',
  },
  'connection.cause.unreachable': {
    ja: '楽天に接続できないか、時間内に回答がありませんでした',
    en: 'Rakuten cannot be reached, or did not answer in time',
  },
  'connection.todo.unreachable': {
    ja: 'このマシンからapi.rms.rakuten.co.jpへの通信(DNS、プロキシ、ファイアウォール)を確認し、もう一度テストしてください',
    en: 'Look whether this machine reaches api.rms.rakuten.co.jp (DNS, proxy, firewall), and test again',
  },
  'connection.cause.maintenance': { ja: '楽天がメンテナンス中です', en: 'Rakuten is in maintenance' },
  'connection.todo.maintenance': {
    ja: 'RMSでの操作は不要です。メンテナンスの終了後にもう一度テストしてください',
    en: 'Nothing to click: test again after the maintenance',
  },
  'connection.cause.throttled': {
    ja: '楽天が要求過多として断りました',
    en: 'Rakuten had too many requests from this shop',
  },
  'connection.todo.throttled': {
    ja: 'RMSでの操作は不要です。同じ店舗を呼び出している他のシステムがあれば止め、少し後にもう一度テストしてください',
    en: 'Nothing to click: stop other systems that call Rakuten for this shop, and test again a little later',
  },
  'connection.cause.no_turn': {
    ja: '呼び出し枠が空かず、楽天に送っていません',
    en: 'it was not sent: there was no free turn',
  },
  'connection.todo.no_turn': {
    ja: 'RMSでの操作は不要です。もう一度テストしてください',
    en: 'Nothing to click: test again',
  },
  'connection.cause.not_understood': {
    ja: '楽天がこの呼び出しを理解しませんでした。楽天側の仕様が変わった可能性があります',
    en: 'Rakuten did not understand the call: its interface may have changed',
  },
  'connection.todo.not_understood': {
    ja: 'RMSでの操作は不要です。Okuriを最新版に更新し、続く場合は開発元に知らせてください',
    en: 'Nothing to click: update Okuri, and report it if it goes on',
  },

  'setup.open_rms': {
    ja: 'RMSにログインし、「店舗様向け情報・サービス」→「5/6 WEB APIサービス」→「2-1 アプリ一覧」→「自店舗利用」の「詳細」を開きます。画像認証(表示された文字の入力)を求められたら入力します。「自店舗利用」がない場合は「2-2 アプリ登録」で作成します',
    en: 'Sign in to RMS and open 店舗様向け情報・サービス → 5/6 WEB APIサービス → 2-1 アプリ一覧 → 自店舗利用 → 詳細. Where an image with characters is shown (captcha), type them. If there is no 自店舗利用, make it in 2-2 アプリ登録',
  },
  'setup.tick_functions': {
    ja: '「利用機能編集」を開き、下の表の機能だけに「利用する」のチェックを入れます。すべてにチェックを入れる必要はありません。キーが漏れたときにできることが増えるだけです',
    en: 'Open 利用機能編集 and tick only the functions in the table below. Do not tick all: whoever gets hold of the key could do more with it, and Okuri no more',
  },
  'setup.register_twice': {
    ja: '「確認する」を押し、次の画面で必ず「登録する」を押します。「確認する」だけで閉じると何も保存されません。利用機能一覧で「利用中」になっていることを確かめます',
    en: 'Press 確認する, and on the next screen 登録する. Closing after 確認する saves nothing. Look in the list of functions that they are 利用中',
  },
  'setup.issue_key': {
    ja: '「ライセンスキーの確認・変更」を開き、licenseKeyがないか期限が近い場合は「新しいライセンスキーを発行」を押します(画像認証があります)。これまでのキーは、それ自身の期限まで使えます',
    en: 'Open ライセンスキーの確認・変更; if there is no licenseKey or it ends soon, press 新しいライセンスキーを発行 (with a captcha). The key before it lives on until its own end',
  },
  'setup.paste_keys': {
    ja: '表示されたserviceSecret(SPで始まる)とlicenseKey(SLで始まる)をコピーし、店舗の登録(POST /v1/shops の serviceSecret と licenseKey)に貼り付けます。手入力すると大文字のIと小文字のlを取り違えます。登録後は末尾4文字しか表示されません',
    en: 'Copy serviceSecret (it begins with SP) and licenseKey (SL) and paste them where the shop is registered (serviceSecret and licenseKey of POST /v1/shops). Typing mixes up capital I and small l. Afterwards only the last four characters are shown',
  },
  'setup.wait_for_key': {
    ja: '新しいキーが有効になるまで10〜90分かかり、その間はすべて拒否されます。有効期間は90日です。期限前に新しいキーを発行し、POST /v1/shops/…/credentials/renewals で登録してください',
    en: 'A new key needs 10 to 90 minutes to become live, and everything is refused until then. It lives 90 days: issue the next one before its end and register it by POST /v1/shops/…/credentials/renewals',
  },
  'setup.auto_confirm_off': {
    ja: 'この店舗ではOkuriが注文確認を行うため、RMSの「受注・決済管理」→「処理設定」→「自動注文確認」をOFFにします。ONのままだと、保留が効かないまま確定します',
    en: 'Okuri confirms the orders of this shop, so switch RMS’s own confirmation off: 受注・決済管理 → 処理設定 → 自動注文確認. Left on, orders escape the holds',
  },
  'setup.test': {
    ja: '接続テスト(POST /v1/shops/…/test-connection)を実行し、必要な機能がすべて使えることを確かめます。使えない機能には、原因とRMSで押す場所が示されます',
    en: 'Test the connection (POST /v1/shops/…/test-connection): every function that is needed should work. Where one does not, it says why and what to click in RMS',
  },
} as const satisfies Record<string, Wording>;
