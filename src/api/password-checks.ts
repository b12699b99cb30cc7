import { attemptLimit } from '../store/attempts';
import { findUserByName, type User } from '../store/users';
import type { Deps } from './deps';
import { networkOf } from './networks';
import { isPassword } from './passwords';
import { Problem } from './problems';
import { rateLimited } from './rate-limit';

const MINUTE_S = 60;

/**
 * Gives what checks a person's password, within limits of failures: of one name from one address, of one name from
 * anywhere, and from one address. It raises `sign_in_failed`, or `rate_limited` also for the right password. What was
 * typed as a name is kept as a keyed hash: it may be a password in the wrong field.
 */
export const passwordChecks = ({ db, vault }: Deps) => {
  const limit = (name: string, points: number, minutes: number) =>
    attemptLimit(db.$client, { name, points, seconds: minutes * MINUTE_S });
  const ofPair = limit('sign-in/pair', 5, 15);
  const ofName = limit('sign-in/name', 50, 60);
  const ofNetwork = limit('sign-in/address', 30, 15);
  return async (name: string, typed: string, address: string): Promise<User> => {
    const [hash, network] = [vault.fingerprint(`sign-in/${name}`), networkOf(address)];
    const pair = `${hash}/${network}`;
    // Counted before it is looked at, so that many at once are not tried at once.
    const waits = await Promise.all([ofPair.count(pair), ofName.count(hash), ofNetwork.count(network)]);
    const seconds = Math.max(...waits.map((wait) => wait ?? 0));
    if (seconds > 0) throw rateLimited(seconds);
    const user = await findUserByName(db, name);
    const right = await isPassword(typed, user?.passwordHash);
    if (user === undefined || !right || user.disabledAt !== null)
      throw new Problem('sign_in_failed', 'Name or password is wrong, or the user is disabled.');
    // It was no failure: a whole office that signs in from one address is not shut out.
    await Promise.all([ofPair.forget(pair), ofName.giveBack(hash), ofNetwork.giveBack(network)]);
    return user;
  };
};
