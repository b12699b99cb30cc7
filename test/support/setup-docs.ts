import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import { type SetupWishes, setupFunctions, setupSteps } from '../../src/domain/setup-guide';
import { allTexts, isTextCode, type Language, say } from '../../src/domain/texts';

const NOTE =
  '<!-- Generated from src/domain. Do not edit: run `UPDATE_DOCS=1 npx jest test/domain/docs`. -->';

/** Everything switched on, so that no step and no function is missing. */
const EVERYTHING: SetupWishes = {
  ...DEFAULT_SETTINGS,
  ...{ automaticOrderIntegration: true, automaticOrderConfirmation: true },
  ...{ stockSync: 'shipment', cancelHere: true },
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

interface Words {
  readonly title: string;
  readonly intro: string;
  readonly steps: string;
  readonly functions: string;
  readonly head: readonly string[];
  readonly trouble: string;
  readonly troubleHead: readonly string[];
}

const WORDS: Readonly<Record<Language, Words>> = {
  ja: {
    title: '楽天(RMS)の設定',
    intro:
      '`GET /v1/setup-guide?shopId=…` は、店舗の設定に合わせて同じ内容を返します。この文書は、すべての機能を使う場合のものです。',
    steps: '手順',
    functions: 'チェックを入れる機能',
    head: ['利用機能', '枠', '用途', '必要な場合', '表示名'],
    trouble: '接続テストで使えない機能があるとき',
    troubleHead: ['原因', '内容', '対応'],
  },
  en: {
    title: 'Setting up Rakuten (RMS)',
    intro:
      '`GET /v1/setup-guide?shopId=…` says the same for the settings of a shop; here everything is switched on. Names of screens and buttons are as RMS shows them.',
    steps: 'Steps',
    functions: 'Functions to tick',
    head: ['function', 'under', 'what for', 'when needed', 'name of the box'],
    trouble: 'When the test of the connection finds something that does not work',
    troubleHead: ['cause', 'what it means', 'what to do'],
  },
};

const CAUSE = 'connection.cause.';

const troubles = (language: Language): string[][] =>
  allTexts()
    .map(([code]) => code)
    .filter((code) => code.startsWith(CAUSE))
    .map((code) => {
      const todo = code.replace('cause', 'todo');
      return [
        `\`${code.slice(CAUSE.length)}\``,
        say(language, code),
        isTextCode(todo) ? say(language, todo) : '',
      ];
    });

const functions = (language: Language): string[][] =>
  setupFunctions(EVERYTHING).map(({ about }) => {
    const whatFor = `rms_function.${about.operation}`;
    return [
      `\`${about.box}\``,
      about.group,
      isTextCode(whatFor) ? say(language, whatFor) : '',
      say(language, `rms_need.${about.need}`),
      say(language, `rms_evidence.${about.evidence}`),
    ];
  });

const chapter = (language: Language): string[] => {
  const { title, intro, steps, functions: list, head, trouble, troubleHead } = WORDS[language];
  return [
    `## ${title}`,
    intro,
    `### ${steps}`,
    setupSteps(EVERYTHING)
      .map((code, index) => `${index + 1}. ${say(language, code)}`)
      .join('\n'),
    `### ${list}`,
    table(head, functions(language)),
    `### ${trouble}`,
    table(troubleHead, troubles(language)),
  ];
};

/** `docs/setup-rakuten.md`: what to click and tick in RMS, in both languages. */
export const setupPage = (): string =>
  ['# 楽天の設定 / Setting up Rakuten', NOTE, ...chapter('ja'), ...chapter('en'), ''].join('\n\n');
