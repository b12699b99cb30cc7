import type { Connection } from '@temporalio/client';
import type { Config } from '../config';
import type { Database } from '../store/database';

/**
 * What a look found: a `problem` keeps Okuri from its work; a `warning` is about to, or concerns one shop. Either says
 * what is wrong, what that means and what to do.
 */
export interface Said {
  readonly problem?: string;
  readonly warning?: string;
}

/** One thing that was looked at; neither is there when all is well. */
export interface Finding extends Said {
  readonly title: string;
}

/** What the looks look at. What could not be opened is missing, and its own look says why. */
export interface Ground {
  readonly config: Config;
  readonly url: string | undefined;
  readonly db: Database | undefined;
  readonly temporal: Connection | undefined;
  /** Why it could not be reached. */
  readonly temporalError: unknown;
  readonly now: Date;
}

/** One thing to look at. What it throws is a problem, in the error's own words; undefined: all is well. */
export interface Look {
  readonly title: (config: Config) => string;
  readonly look: (ground: Ground) => Promise<Said | undefined>;
}

/** A look at what is in the database; without a database there is nothing to see. */
export const inDatabase = (
  title: string,
  look: (db: Database, ground: Ground) => Promise<Said | undefined>,
): Look => ({
  title: () => title,
  look: async (ground) => (ground.db === undefined ? undefined : look(ground.db, ground)),
});
