import { createServer, type Server } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import { noteArrival } from './arrival';
import { startBackground } from './background';
import { openBooks } from './books';
import { openClock } from './clock';
import { controlRouter } from './control';
import { prepareDemoShop } from './demo';
import { rmsRouter } from './gateway';
import { createLimits } from './limits';
import { OPERATIONS } from './operations';
import { openSettings, type Preset } from './settings';
import { type WarehouseOptions, warehouseRouter } from './warehouse';

export { DEMO_SHOP } from './demo';

/** What a sandbox needs to run. */
export interface SandboxOptions {
  /** PostgreSQL, where the sandbox keeps everything in a schema of its own. */
  readonly databaseUrl: string;
  /** Default `sandbox`. Sandboxes with different schemas do not see each other. */
  readonly schema?: string;
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly log: (line: string) => void;
  /** Where the warehouse reports its shipments; without it nothing is reported and nothing need be signed. */
  readonly warehouse?: WarehouseOptions;
  /** `demo`: a shop whose orders arrive and move. `quiet` (default): nothing but what the control page asks for. */
  readonly preset?: Preset;
}

/** A running sandbox. */
export interface RunningSandbox {
  /** Base of `/es` (Rakuten), `/warehouse` and `/control`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Stops serving and moving; everything that was answered is kept. */
  close(): Promise<void>;
}

const MAX_BODY = '20mb';

/**
 * Starts a simulated Rakuten shop and a simulated warehouse behind one port. The state survives restarts, also a kill.
 * @throws Error when the database does not answer or the port is taken.
 */
export const startSandbox = async (options: SandboxOptions): Promise<RunningSandbox> => {
  const { log, warehouse, preset = 'quiet' } = options;
  const books = await openBooks(options.databaseUrl, options.schema ?? 'sandbox', log);
  try {
    const settings = await openSettings(books, preset);
    const clock = await openClock(books);
    if (preset === 'demo') await prepareDemoShop(books, clock.now(), settings.current().generator.seed);
    const background = startBackground({ books, clock, settings, warehouse, log });
    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.set('json spaces', 2);
    app.use(noteArrival);
    app.use(express.raw({ type: () => true, limit: MAX_BODY }));
    app.use(rmsRouter({ books, clock, settings, limits: createLimits() }, OPERATIONS));
    app.use('/warehouse', warehouseRouter(books, clock, warehouse));
    app.use('/control', controlRouter({ books, clock, settings, background }));
    app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
      log(
        `sandbox: a request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      if (res.headersSent) next(error);
      else res.status(500).json({ errors: [{ code: 'X0000', message: 'An unexpected error has occurred' }] });
    });
    const server = createServer(app);
    try {
      const port = await listen(server, options.host, options.port);
      return {
        url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
        port,
        close: async () => {
          await stopServing(server);
          await background.stop();
          await books.close();
        },
      };
    } catch (error) {
      await background.stop();
      throw error;
    }
  } catch (error) {
    await books.close();
    throw error;
  }
};

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const where = `${host}:${port}`;
      reject(
        new Error(`The sandbox cannot listen on ${where}: ${cause.message}. Give it another port.`, {
          cause,
        }),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string')
        reject(new Error('The sandbox listens on no port.'));
      else resolve(address.port);
    });
  });

/** How long requests that are under way may take when the sandbox stops. */
const DRAIN_MS = 5_000;

const stopServing = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const hurry = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(hurry);
      resolve();
    });
    server.closeIdleConnections();
  });
