import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import { type Config, ConfigError, loadConfig } from './config';
import { createLogger, framesOf, messagesOf } from './log';
import type { ChildReport } from './supervisor/node-child';

/** A part that runs until it is closed. */
interface Running {
  close(): Promise<void>;
}

type Option = 'finish' | 'cancel' | 'json' | 'make-current';

/** What a command was given beside its name. */
interface Given {
  option?: Option;
  /** Empty where the command takes none. */
  file: string;
}

interface Command {
  help: string;
  /** Options that it takes beside `--help`. */
  options?: readonly Option[];
  /** Whether the name of a file has to follow. */
  takesFile?: true;
  /** Gives the exit code. */
  run(config: Config, given: Given): Promise<number>;
}

const OPTIONS: readonly Option[] = ['finish', 'cancel', 'json', 'make-current'];
const STOP_TIMEOUT_MS = 35_000;
const SAME_REQUEST_MS = 500;

/** Commands load what they need when they run: a worker has no API in memory, and a wrong variable is told at once. An import at run time needs its extension. */
const commands: Record<string, Command> = {
  up: {
    help: 'everything on this machine: PostgreSQL, Temporal, worker, API (this is npm start)',
    run: runUp,
  },
  api: {
    help: 'the API alone, and the sandbox with OKURI_SANDBOX=true',
    run: (config) => runPart('api', config, startApiParts),
  },
  worker: {
    help: 'one worker alone; with --make-current its version gets the orders, whatever was current before',
    options: ['make-current'],
    run: (config, { option }) =>
      runPart('worker', config, (attached) => startWorkerPart(attached, option === 'make-current')),
  },
  'check-deploy': {
    help: 'replay every open workflow with the code of this version, and say whether it can be made current',
    run: runCheckDeploy,
  },
  sandbox: {
    help: 'the simulated Rakuten and warehouse alone',
    run: (config) => runPart('sandbox', config, (own) => startSandboxPart(own, createLogger('sandbox'))),
  },
  migrate: { help: 'bring the database schema up to date, and end', run: runMigrate },
  backup: {
    help: 'write everything that is known into a file, also while everything runs',
    takesFile: true,
    run: runBackup,
  },
  restore: {
    help: 'put a backup back into an empty database; the next start brings the workflows back',
    takesFile: true,
    run: runRestore,
  },
  rebuild: {
    help: 'empty the Temporal of the data directory; the next start brings every open order back',
    run: runRebuild,
  },
  'rotate-master-key': {
    help: 'change the master key while everything runs; then --finish, or --cancel to go back',
    options: ['finish', 'cancel'],
    run: runRotation,
  },
  doctor: {
    help: 'look at every part and say what is wrong; --json for machines',
    options: ['json'],
    run: runDoctor,
  },
};

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      finish: { type: 'boolean' },
      cancel: { type: 'boolean' },
      json: { type: 'boolean' },
      'make-current': { type: 'boolean' },
    },
  });
  const name = positionals[0] ?? '';
  if (values.help || name === 'help') return print(help(), 0);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const [, file = '', ...rest] = positionals;
  if (command === undefined || rest.length > 0 || (file !== '' && !command.takesFile)) {
    return print(
      `okuri: ${name === '' ? 'a command is missing' : `"${positionals.join(' ')}" is not a command`}.\n\n${help()}`,
      2,
    );
  }
  if (command.takesFile && file === '')
    return print(`okuri ${name}: the name of the file is missing.\n\n${help()}`, 2);
  const asked = OPTIONS.filter((option) => values[option]);
  const [unknown] = asked.filter((option) => !command.options?.includes(option));
  if (unknown !== undefined || asked.length > 1)
    return print(`okuri ${name}: --${unknown ?? asked.join(' and --')} cannot be.\n\n${help()}`, 2);
  return command.run(loadConfig(process.env), { file, ...(asked[0] && { option: asked[0] }) });
}

function help(): string {
  const lines = Object.entries(commands).map(
    ([name, { takesFile, help }]) => `  ${`${name}${takesFile ? ' <file>' : ''}`.padEnd(17)} ${help}`,
  );
  return ['Usage: okuri <command>', '', ...lines, '', 'Its variables stand in the README.'].join('\n');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function print(text: string, code: number): number {
  (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  return code;
}

async function runUp(config: Config): Promise<number> {
  const { up } = await import('./supervisor/up.js');
  const stopping = stopSignals();
  const instance = await up(config, { say, onStop: stopping.onStop });
  for (const line of instance.summary) say(line);
  say(`Stopping (${await stopping.first}).`);
  await instance.stop();
  say('Okuri has stopped.');
  return 0;
}

/**
 * The first SIGINT or SIGTERM asks to stop, and so does the end of the process that started us; a second one hurries. A
 * process manager may signal the whole group and npm pass it on again: that is one request.
 */
function stopSignals() {
  let askedAt: number | undefined;
  const callbacks: { first?: () => void; second?: () => void } = {};
  const first = new Promise<string>((done) => {
    const ask = (reason: string) => {
      if (askedAt !== undefined) {
        if (Date.now() - askedAt > SAME_REQUEST_MS) callbacks.second?.();
        return;
      }
      askedAt = Date.now();
      callbacks.first?.();
      done(reason);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
    process.once('disconnect', () => ask('what started it is gone'));
  });
  return {
    first,
    onStop: (first: () => void, second: () => void) => void Object.assign(callbacks, { first, second }),
  };
}

/**
 * Runs one part until a signal, or until the supervisor that started it is gone. What ends it before stands in its log,
 * in the form of all its lines.
 */
async function runPart(
  name: string,
  config: Config,
  start: (config: Config) => Promise<Running>,
): Promise<number> {
  const log = createLogger(name);
  process.once('uncaughtException', (error) => {
    log.fatal({ err: error }, 'ended by an error that nobody foresaw');
    process.exit(1);
  });
  const stopped = new Promise<string>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done(signal));
    process.once('disconnect', () => done('the supervisor is gone'));
  });
  try {
    const running = await startSealed(await attached(config), start);
    await report({ ready: true });
    log.info('ready');
    log.info({ reason: await stopped }, 'stopping');
    setTimeout(() => {
      log.error('stopping took too long');
      process.exit(1);
    }, STOP_TIMEOUT_MS).unref();
    await running.close();
    return 0;
  } catch (error) {
    await report({ failed: explain(error) });
    log.fatal(explain(error));
    return 1;
  }
}

/** Starts a part, unless the master key is not that of the database. */
async function startSealed(config: Config, start: (config: Config) => Promise<Running>): Promise<Running> {
  const { databaseUrl, masterKey } = config;
  if (databaseUrl !== undefined && masterKey !== undefined) {
    const { demandMasterKey } = await import('./supervisor/database.js');
    await demandMasterKey(databaseUrl.reveal(), masterKey.reveal());
  }
  return start(config);
}

/** Tells the supervisor, when there is one. */
function report(state: ChildReport): Promise<void> {
  return new Promise((done) =>
    process.send ? process.send(state, undefined, undefined, () => done()) : done(),
  );
}

async function attached(config: Config): Promise<Config> {
  const { attach } = await import('./supervisor/attach.js');
  return attach(config);
}

async function startWorkerPart(config: Config, makeCurrent: boolean): Promise<Running> {
  const { startWorker } = await import('./worker/main.js');
  return startWorker(config, makeCurrent);
}

async function startSandboxPart(config: Config, log: Logger): Promise<Running> {
  const { startDemoSandbox } = await import('./supervisor/sandbox-part.js');
  return startDemoSandbox(config, log);
}

/** The API, and beside it the sandbox when it is on: the two share a process and a log, in which a field tells them apart. */
async function startApiParts(config: Config): Promise<Running> {
  const { startApi } = await import('./api/main.js');
  const log = createLogger('api').child({ part: 'sandbox' });
  const sandbox = config.sandbox.enabled ? await startSandboxPart(config, log) : undefined;
  const api = await startApi(config);
  return {
    async close() {
      await api.close();
      await sandbox?.close();
    },
  };
}

async function runMigrate(config: Config): Promise<number> {
  const url = (await attached(config)).databaseUrl?.reveal();
  if (url === undefined) {
    return print('okuri migrate needs DATABASE_URL, or an instance that runs on the data directory.', 1);
  }
  const { demandDatabase } = await import('./supervisor/database.js');
  const { migrate } = await import('./store/migrate.js');
  await demandDatabase(url);
  await migrate(url);
  return print('The schema is up to date.', 0);
}

async function runRebuild(config: Config): Promise<number> {
  const { rebuild } = await import('./supervisor/rebuild.js');
  await rebuild(config, say);
  return 0;
}

async function runBackup(config: Config, { file }: Given): Promise<number> {
  const { backup } = await import('./supervisor/backup.js');
  await backup(config, file, say);
  return 0;
}

async function runRestore(config: Config, { file }: Given): Promise<number> {
  const { putBack } = await import('./supervisor/backup.js');
  await putBack(config, file, say);
  return 0;
}

async function runRotation(config: Config, { option }: Given): Promise<number> {
  const { rotateMasterKey } = await import('./supervisor/rotate.js');
  await rotateMasterKey(config, option === 'finish' || option === 'cancel' ? option : 'begin', say);
  return 0;
}

async function runDoctor(config: Config, { option }: Given): Promise<number> {
  const { examine, report: asText } = await import('./supervisor/doctor.js');
  const findings = await examine(await attached(config));
  const text = option === 'json' ? JSON.stringify(findings, null, 2) : asText(findings);
  say(text);
  return findings.some(({ problem }) => problem !== undefined) ? 1 : 0;
}

async function runCheckDeploy(config: Config): Promise<number> {
  const { checkDeploy } = await import('./worker/check-deploy.js');
  const { fits, text } = await checkDeploy(await attached(config));
  return print(text, fits ? 0 : 1);
}

/** A person reads the message; the stack is for an error that nobody foresaw. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'Error' || error.name === 'TypeError'
    ? `${messagesOf(error)}\n${framesOf(error)}`
    : error.message;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  },
);
