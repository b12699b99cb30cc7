import { speaker, type Wording } from './wording';

/**
 * What people read about where an order stands: all that workflows say. Each workflow of a worker evaluates its code anew,
 * so that the rest of the catalogue is kept from them.
 */
export const STANDING_TEXTS = {
  'stage.imported': { ja: '取込済', en: 'imported' },
  'stage.checking': { ja: '確認中', en: 'checking' },
  'stage.held': { ja: '保留', en: 'held' },
  'stage.confirming': { ja: '注文確認中', en: 'confirming' },
  'stage.awaiting_rakuten': { ja: '楽天処理待ち', en: 'waiting for Rakuten' },
  'stage.ready': { ja: '発送準備', en: 'ready to ship' },
  'stage.instructed': { ja: '出荷指示済', en: 'with the warehouse' },
  'stage.shipping_reported': { ja: '発送報告済', en: 'shipping reported, waiting for 500' },
  'stage.completed': { ja: '完了', en: 'completed' },
  'stage.cancelled': { ja: 'キャンセル', en: 'cancelled' },
  'stage.not_found': { ja: '受注なし', en: 'not found' },
  'step.fetch': { ja: '楽天から受注を読む', en: 'read the order from Rakuten' },
  'step.confirm': { ja: '注文確認(100→200)', en: 'confirm at Rakuten (100→200)' },
  'step.instruct': { ja: '出荷ゲートと出荷指示', en: 'ship gate and shipping instruction' },
  'step.report': { ja: '発送情報の登録', en: 'push tracking to Rakuten' },
  'step.recall': { ja: '出荷指示の取消', en: 'recall the shipping instruction' },
  'step.after': { ja: '完了後のキャンセル', en: 'cancel after the end' },
  'step.cancel': { ja: '楽天でのキャンセル', en: 'cancel at Rakuten' },
  'hold.amounts_unfixed': {
    ja: '送料などの金額が未確定です。RMSで金額を確定してください',
    en: 'Amounts are not fixed yet (-9999): fix them in RMS',
  },
  'hold.stock_short': {
    ja: '在庫が足りません。入庫するか、保留を解除してください',
    en: 'Not enough stock: receive some, or release the hold',
  },
  'hold.remark_changed': {
    ja: '購入者が備考を書いています。内容を確認して解除してください',
    en: 'The buyer wrote a remark of their own: read it and release the hold',
  },
  'hold.sku_unlinked': {
    ja: 'SKUが紐付いていません。紐付けると自動で進みます',
    en: 'A SKU is not linked: link it and the order goes on by itself',
  },
  'hold.awaiting_payment': {
    ja: '入金待ちです。楽天が300にすると自動で進みます',
    en: 'Waiting for the payment: it goes on by itself when Rakuten says 300',
  },
  'hold.gift_address_pending': {
    ja: 'ソーシャルギフトの届け先がまだ入力されていません',
    en: 'The receiver of this social gift has not entered the address yet',
  },
  'hold.cancel_pending': {
    ja: 'キャンセル確定待ちです(800)',
    en: 'A cancellation waits to become final (800)',
  },
  'hold.address_doubtful': {
    ja: '届け先の住所に疑わしい点があります。購入者に確認して解除してください',
    en: 'The delivery address looks doubtful: check it with the buyer and release the hold',
  },
  'hold.deadline_conflict': {
    ja: 'お届け希望日に間に合いません。購入者と調整して解除してください',
    en: 'The wished delivery date cannot be met: agree on another with the buyer and release the hold',
  },
  'hold.cancel_refused': {
    ja: '楽天がキャンセルを受け付けません。解除すると再試行します。取り下げもできます',
    en: 'Rakuten refuses the cancellation: releasing the hold tries again, or withdraw the cancellation',
  },
  'hold.parcel_left': {
    ja: 'キャンセルですが荷物が出ています。荷物を止めるか返品を手配し、済んだら解除してください',
    en: 'Cancelled, but a parcel has left: have it stopped or returned, then release the hold',
  },
  'hold.outside_change': {
    ja: '確認後に楽天側で内容が変わりました。差分を確認して解除してください',
    en: 'Changed at Rakuten after it was checked: look at the difference and release the hold',
  },
  'hold.confirm_refused': {
    ja: '楽天が注文確認を受け付けません。RMSで内容を確認し、解除すると再試行します',
    en: 'Rakuten refuses the confirmation: look at the order in RMS; releasing the hold tries again',
  },
  'hold.shipping_refused': {
    ja: '楽天が発送情報を受け付けません。内容を確認し、解除すると再試行します',
    en: 'Rakuten refuses the shipping information: check it; releasing the hold tries again',
  },
  'order.parked': {
    ja: '一時停止中: {park}。復旧後に自動で再開します {detail}',
    en: 'Parked: {park}. It goes on by itself when this is over {detail}',
  },
  'park.key_refused': {
    ja: '楽天がライセンスキーを受け付けません',
    en: 'Rakuten refuses the licence key',
  },
  'park.function_not_ticked': {
    ja: '楽天の利用機能編集でこの機能が許可されていません。チェックを入れて「確認する」「登録する」を押してください',
    en: 'This function is not ticked for the key in RMS (利用機能編集): tick it, press 確認する, then 登録する',
  },
  'park.rakuten_unavailable': { ja: '楽天が応答しません', en: 'Rakuten does not answer' },
  'park.rakuten_refused': {
    ja: '楽天の回答を処理できません(拒否または想定外の内容)',
    en: 'Rakuten’s answer cannot be used (refused, or not as documented)',
  },
  'park.warehouse_unavailable': {
    ja: '倉庫が応答しないか、指示を受け付けません',
    en: 'The warehouse does not answer or does not accept the instruction',
  },
  'park.stopped': {
    ja: '停止スイッチが入っています。解除すると期限の近い受注から再開します',
    en: 'The stop switch is on: when it is released, orders go on, the most urgent first',
  },
  'park.internal': {
    ja: '内部エラー。ワーカーのログを確認してください',
    en: 'Internal error: see the worker’s log',
  },
  'deadline.confirm_by': { ja: '注文確認の期限', en: 'confirm by' },
  'deadline.pay_by': { ja: '支払期限', en: 'payment due by' },
  'deadline.ship_by': { ja: '出荷期限', en: 'ship by' },
  'deadline.close_by': { ja: '楽天が発送済にする期限', en: 'closed by Rakuten by' },
  'deadline.answer_by': { ja: '回答期限', en: 'answer by' },
} as const satisfies Record<string, Wording>;

/** The code of a text about where an order stands. */
export type StandingCode = keyof typeof STANDING_TEXTS;

/** Whether a string is such a code. */
export const isStandingCode = (code: string): code is StandingCode => Object.hasOwn(STANDING_TEXTS, code);

/** The wording of such a code in one language, with its parameters filled in. */
export const sayStanding = speaker<StandingCode>(STANDING_TEXTS);
