import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Config } from '../config';
import type { Database } from '../store/database';
import type { Vault } from '../store/vault';

/** What the API works with. */
export interface Deps {
  readonly db: Database;
  readonly vault: Vault;
  readonly temporal: Client;
  readonly config: Config;
  readonly log: Logger;
  /** Shows to other processes that this one lives; absent: their claims are given up by time alone. */
  readonly holder?: string;
}
