/** Work that is done again and again until it is closed. */
export interface Repeating {
  /** Resolves when the turn in hand is over. */
  close(): Promise<void>;
}

/** Does something, and again so many milliseconds after each turn ended. A failed turn is told and the next one tries again. */
export const repeat = (
  turn: () => Promise<unknown>,
  everyMs: number,
  onError: (error: unknown) => void,
): Repeating => {
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const run = async (): Promise<void> => {
    await turn().catch(onError);
    if (!closed)
      timer = setTimeout(() => {
        current = run();
      }, everyMs);
  };
  let current = run();
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await current;
    },
  };
};
