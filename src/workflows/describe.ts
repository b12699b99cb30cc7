import type { Step } from '../domain/decide';
import type { Language, TextCode } from '../domain/texts';
import { isTextCode, LANGUAGES, say } from '../domain/texts';
import type { OrderStatus } from './messages';

const both = (code: TextCode, params?: Readonly<Record<string, string>>): string =>
  LANGUAGES.map((language) => say(language, code, params)).join(' / ');

/** Where an order stands, as Markdown for the "current details" of Temporal UI, in Japanese and English. */
export const describeOrder = ({ stage, step, holds, parked }: OrderStatus): string =>
  [
    `**${both(`stage.${stage}`)}**`,
    ...holds.map((hold) => `- ${holdText(hold)}`),
    ...(parked === null ? [] : [`- ${both('order.parked', { park: parked, detail: '' }).trim()}`]),
    ...(step === 'wait' || step === 'end' ? [] : [`- ${describeStep(step)}`]),
  ].join('\n');

const holdText = (hold: string): string => {
  const code = `hold.${hold}`;
  return isTextCode(code) ? both(code) : hold;
};

/** What a step does, for the summaries of activities. */
export const describeStep = (step: Exclude<Step, 'wait' | 'end'>): string => {
  const wording: Record<typeof step, Record<Language, string>> = {
    fetch: { ja: '楽天から受注を読む', en: 'read the order from Rakuten' },
    confirm: { ja: '注文確認(100→200)', en: 'confirm at Rakuten (100→200)' },
    instruct: { ja: '出荷ゲートと出荷指示', en: 'ship gate and shipping instruction' },
    report: { ja: '発送情報の登録', en: 'push tracking to Rakuten' },
    recall: { ja: '出荷指示の取消', en: 'recall the shipping instruction' },
  };
  return `${wording[step].ja} / ${wording[step].en}`;
};
