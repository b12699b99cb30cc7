import type { Step } from '../domain/decide';
import type { StandingCode } from '../domain/texts-standing';
import { isStandingCode, sayStanding } from '../domain/texts-standing';
import { LANGUAGES } from '../domain/wording';
import type { OrderStatus } from './messages';

const both = (code: StandingCode, params?: Readonly<Record<string, string>>): string =>
  LANGUAGES.map((language) => sayStanding(language, code, params)).join(' / ');

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
  return isStandingCode(code) ? both(code) : hold;
};

/** What a step does, for the summaries of activities. */
export const describeStep = (step: Exclude<Step, 'wait' | 'end'> | 'after'): string => both(`step.${step}`);
