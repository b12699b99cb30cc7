import { z } from 'zod';
import type { RmsFunction } from '../domain/rms-functions';
import { isTextCode, type Language, say } from '../domain/texts';

/** What is shown of every function of Rakuten's that Okuri calls. */
export const FUNCTION_FIELDS = {
  function: z.string().meta({ description: 'The tick box in RMS', example: 'rpay.order.searchOrder' }),
  group: z.string().meta({ description: 'The heading under which the box stands' }),
  operation: z.string().meta({ description: 'The call, as `/v1/rms-calls` names it' }),
  effect: z.enum(['read', 'write']),
  whatFor: z.string(),
  needed: z.boolean().meta({ description: 'Whether the settings need it' }),
  reason: z.string().meta({ description: 'When it is needed' }),
  evidence: z
    .enum(['documented', 'inferred'])
    .meta({ description: '`inferred`: the name of the box is not quoted in public material' }),
};

const whatFor = ({ operation }: RmsFunction, language: Language): string => {
  const code = `rms_function.${operation}`;
  return isTextCode(code) ? say(language, code) : operation;
};

/** A function in words. */
export const aboutFunction = (about: RmsFunction, needed: boolean, language: Language) => ({
  function: about.box,
  group: about.group,
  operation: about.operation,
  effect: about.effect,
  whatFor: whatFor(about, language),
  needed,
  reason: say(language, `rms_need.${about.need}`),
  evidence: about.evidence,
});
