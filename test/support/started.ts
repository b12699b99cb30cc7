/** What the global set-up started and the global teardown ends; both run in Jest's own process. */
export const started: { servers: { stop(): Promise<void> }[]; dirs: string[] } = { servers: [], dirs: [] };
