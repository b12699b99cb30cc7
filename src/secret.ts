import { inspect } from 'node:util';

const HIDDEN = '(hidden)';

/** A value that shows in no log, no error, no dump and no JSON: only whoever asks for it by `reveal` gets it. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/** Hides a value that may be missing. */
export const secret = <T>(value: T | undefined): Secret<T> | undefined =>
  value === undefined ? undefined : new Secret(value);
