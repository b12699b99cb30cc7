import { type Language, say } from '../domain/texts';
import type { CallLine } from '../store/call-log';

/** More codes than these are read in the request log. */
const CODES_SHOWN = 5;

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

/** What a request came back with that did not go well. In one that did, codes are about some of its orders, and not said which. */
const refusalOf = ({ outcome, httpStatus, codes }: TellableCall): string => {
  if (outcome === 'ok') return '';
  const status = httpStatus === null ? [] : [`HTTP ${httpStatus}`];
  const more = codes.length > CODES_SHOWN ? ['…'] : [];
  return [...status, ...codes.slice(0, CODES_SHOWN), ...more].map((part) => ` ${part}`).join('');
};

/** What is told of a request. */
type TellableCall = Pick<
  CallLine,
  'operation' | 'outcome' | 'httpStatus' | 'codes' | 'batchSize' | 'batchLimit' | 'waitedMs' | 'durationMs'
>;

/** A request to Rakuten in one line. */
export const callText = (language: Language, call: TellableCall): string =>
  say(language, 'rms.call', {
    operation: call.operation,
    outcome: call.outcome,
    refusal: refusalOf(call),
    batchSize: call.batchSize,
    batchLimit: call.batchLimit,
    waited: seconds(call.waitedMs),
    answered: seconds(call.durationMs),
  });
