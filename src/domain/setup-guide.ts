import { type DecidingSettings, isNeeded, RMS_FUNCTIONS, type RmsFunction } from './rms-functions';
import type { TextCode } from './texts';

/** What a set-up depends on: the settings that decide, and whether people cancel orders here. */
export interface SetupWishes extends DecidingSettings {
  readonly cancelHere: boolean;
}

type StepCode = Extract<TextCode, `setup.${string}`>;

/** The steps of a set-up in their order, and for whom each is. */
const STEPS: readonly (readonly [code: StepCode, when?: (wishes: SetupWishes) => boolean])[] = [
  ['setup.open_rms'],
  ['setup.tick_functions'],
  ['setup.register_twice'],
  ['setup.issue_key'],
  ['setup.paste_keys'],
  ['setup.wait_for_key'],
  ['setup.auto_confirm_off', ({ automaticOrderConfirmation }) => automaticOrderConfirmation],
  ['setup.test'],
];

/** The steps of a set-up with these wishes, in their order: codes of the text catalogue. */
export const setupSteps = (wishes: SetupWishes): readonly StepCode[] =>
  STEPS.filter(([, when]) => when?.(wishes) ?? true).map(([code]) => code);

/** Every function that Okuri calls, and whether a set-up with these wishes needs it: the least privilege. */
export const setupFunctions = (
  wishes: SetupWishes,
): readonly { readonly about: RmsFunction; readonly needed: boolean }[] =>
  RMS_FUNCTIONS.map((about) => ({
    about,
    needed: about.need === 'cancelling' ? wishes.cancelHere : isNeeded(about, wishes),
  }));
