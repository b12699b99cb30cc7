/** Ports of the four services of a Temporal server, in one process. */
export interface TemporalPorts {
  readonly frontend: number;
  /** The seven others: gRPC of history, matching and worker, then membership of all four. */
  readonly others: readonly number[];
}

/** How many ports there are beside the frontend's. */
export const OTHER_PORTS = 7;

/** Temporal's two databases, each with its schema. */
export const DATABASES = [
  { database: 'temporal', schema: 'postgresql/v12/temporal' },
  { database: 'temporal_visibility', schema: 'postgresql/v12/visibility' },
] as const;

const HOST = '127.0.0.1';
const [STORE, VISIBILITY] = DATABASES;

/** The configuration of a Temporal server on PostgreSQL; JSON is YAML as well. */
export const serverConfig = (databaseUrl: string, ports: TemporalPorts, dynamicConfig: string): object => {
  const { hostname, port, username, password } = new URL(databaseUrl);
  const store = (databaseName: string, maxConns: number) => ({
    sql: {
      ...{ pluginName: 'postgres12', databaseName, connectAddr: `${hostname}:${port || 5432}` },
      ...{ connectProtocol: 'tcp', user: decodeURIComponent(username) },
      ...{ password: decodeURIComponent(password), maxConns, maxIdleConns: maxConns, maxConnLifetime: '1h' },
    },
  });
  const [history = 0, matching = 0, worker = 0, ...membership] = ports.others;
  const service = (grpcPort: number, index: number) => ({
    rpc: { grpcPort, membershipPort: membership[index] ?? 0, bindOnLocalHost: true },
  });
  return {
    log: { stdout: true, level: 'warn', format: 'json' },
    persistence: {
      ...{ defaultStore: 'store', visibilityStore: 'visibility', numHistoryShards: 4 },
      datastores: { store: store(STORE.database, 20), visibility: store(VISIBILITY.database, 10) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: HOST } },
    services: {
      frontend: service(ports.frontend, 0),
      history: service(history, 1),
      matching: service(matching, 2),
      worker: service(worker, 3),
    },
    clusterMetadata: {
      ...{ enableGlobalNamespace: false, failoverVersionIncrement: 10 },
      ...{ masterClusterName: 'active', currentClusterName: 'active' },
      clusterInformation: {
        active: {
          ...{ enabled: true, initialFailoverVersion: 1, rpcName: 'frontend' },
          rpcAddress: `${HOST}:${ports.frontend}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: { filepath: dynamicConfig, pollInterval: '60s' },
  };
};

/** As docker-compose.yml has it: a search attribute that was registered a moment ago can be used at once. */
export const DYNAMIC_CONFIG = { 'system.forceSearchAttributesCacheRefreshOnRead': [{ value: true }] };
