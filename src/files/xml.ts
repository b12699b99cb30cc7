import { SaxesParser } from 'saxes';

/** What is made of an XML document while it comes in. Names are without their prefix. */
export interface XmlHandlers {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** Longest tag or text, in characters: what holds the parser back for longer fills memory. */
const LONGEST_TOKEN = 1_000_000;

/**
 * Reads an XML document in pieces and gives what its handlers emitted after each. No entity but XML's own is known, so
 * nothing unfolds. @throws Error where it is not well-formed or ends early
 */
export async function* readXml<T>(
  bytes: AsyncIterable<Uint8Array>,
  handlersOf: (emit: (item: T) => void) => XmlHandlers,
): AsyncGenerator<T> {
  let emitted: T[] = [];
  let waiting = 0;
  const handlers = handlersOf((item) => emitted.push(item));
  const parser = new SaxesParser();
  const heard = (): void => {
    waiting = 0;
  };
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    heard();
    handlers.open?.(local(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    heard();
    handlers.close?.(local(name));
  });
  for (const event of ['text', 'cdata'] as const)
    parser.on(event, (text) => {
      heard();
      handlers.text?.(text);
    });
  const decoder = new TextDecoder('utf-8');
  for await (const chunk of bytes) {
    const text = decoder.decode(chunk, { stream: true });
    waiting += text.length;
    const failure = failureOf(() => parser.write(text));
    // What stands before the fault is given first, so that the fault is where it is.
    yield* emitted;
    if (failure !== undefined) throw failure;
    if (waiting > LONGEST_TOKEN) throw new Error(`a tag or text of more than ${LONGEST_TOKEN} characters`);
    emitted = [];
  }
  parser.write(decoder.decode()).close();
  yield* emitted;
}

const failureOf = (run: () => unknown): unknown => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
};

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/** The value of an attribute, whatever the prefix of its name. */
export const attribute = (
  attributes: Readonly<Record<string, string>>,
  wanted: string,
): string | undefined => {
  for (const [name, value] of Object.entries(attributes)) if (local(name) === wanted) return value;
  return undefined;
};
