import type { Step } from '../domain/decide';
import type { TextCode } from '../domain/texts';
import { isTextCode, LANGUAGES, say } from '../domain/texts';
import type { OrderStatus } from './messages';

const both = (code: TextCode, params?: Readonly<Record<string, string>>): string =>
  LANGUAGES.map((language) => say(language, code, params)).join(' / ');

/** Where an order stands, as Markdown for the "current details" of Temporal UI, in Japanese and English. */
export const describeOrder = ({ stage, step, holds, parked, deadline }: OrderStatus): string =>
  [
    `**${both(`stage.${stage}`)}**`,
    ...holds.map((hold) => `- ${holdText(hold)}`),
    ...(parked === null ? [] : [`- ${both('order.parked', { park: parked, detail: '' }).trim()}`]),
    ...(deadline === undefined ? [] : [`- ${both(`deadline.${deadline.code}`)}: ${deadline.at}`]),
    ...(step === 'wait' || step === 'end' ? [] : [`- ${describeStep(step)}`]),
  ].join('\n');

const holdText = (hold: string): string => {
  const code = `hold.${hold}`;
  return isTextCode(code) ? both(code) : hold;
};

/** What a step does, for the summaries of activities. */
export const describeStep = (step: Exclude<Step, 'wait' | 'end'>): string => both(`step.${step}`);
