import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../src/config';

const service = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  volumes: z.array(z.string()).optional(),
  configs: z.array(z.object({ source: z.string() })).optional(),
  healthcheck: z.object({ test: z.array(z.string()).min(2) }).optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.unknown()),
  configs: z.record(z.string(), z.object({ content: z.string() })),
});
const compose = composeSchema.parse(parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }));
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image === 'okuri');

/** What Compose makes of `${NAME:?message}`, with one value that suits every variable of ours. */
const KEY = randomBytes(32).toString('base64url').slice(0, 43);
const filled = (text: string) => text.replace(/\$\{\w+:\?[^}]*\}/g, KEY);

describe('docker-compose.yml', () => {
  test('depends only on services that exist, and awaits health only where it is checked', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect([name, Object.keys(compose.services)]).toEqual([name, expect.arrayContaining([other])]);
        if (condition === 'service_healthy') expect(compose.services[other]?.healthcheck).toBeDefined();
      }
    }
  });

  test('mounts only volumes and configs that it declares', () => {
    for (const [, { volumes = [], configs = [] }] of services) {
      for (const volume of volumes) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
      for (const { source } of configs) expect(Object.keys(compose.configs)).toContain(source);
    }
  });

  test('gives our processes an environment that they accept in production', () => {
    expect(ours.map(([name]) => name)).toEqual(['migrate', 'api', 'worker']);
    for (const [, { environment = {} }] of ours) {
      const values = Object.entries(environment).map(([name, text]) => [name, filled(text)]);
      const config = loadConfig({ ...Object.fromEntries(values), NODE_ENV: 'production' });
      expect(config).toMatchObject({
        production: true,
        temporal: { namespace: 'okuri' },
        sandbox: { enabled: false },
      });
    }
  });

  test('holds no secret: every one comes from outside', () => {
    for (const [, { environment = {} }] of services) {
      for (const [name, text] of Object.entries(environment)) {
        if (/PASSWORD|PWD|KEY|TOKEN/.test(name)) expect(text).toMatch(/^\$\{\w+:\?/);
      }
    }
  });
});

describe('the Dockerfile', () => {
  const lines = readFileSync('Dockerfile', 'utf8').split('\n');

  test('copies only what is there', () => {
    const sources = lines
      .filter((line) => /^COPY (?!--from)/.test(line))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(sources.filter((source) => !existsSync(source))).toEqual([]);
    expect(sources.length).toBeGreaterThan(4);
  });

  test('copies only from stages that it has', () => {
    const stages = lines.flatMap((line) => /^FROM .* AS (\w+)$/.exec(line)?.[1] ?? []);
    const used = lines.flatMap((line) => /--from=(\w+)/.exec(line)?.[1] ?? []);
    expect(stages).toEqual(expect.arrayContaining(used));
  });

  test('runs on glibc and not as root', () => {
    const bases = lines.filter((line) => line.startsWith('FROM node'));
    expect(bases.every((line) => line.includes('bookworm'))).toBe(true);
    expect(lines).toContain('USER node');
  });
});
