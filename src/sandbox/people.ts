import type { Random } from './random';

/** Buyers who do not exist, at addresses whose postal code fits the prefecture; phone numbers are never assigned ones. */
export interface Person {
  readonly zipCode1: string;
  readonly zipCode2: string;
  readonly prefecture: string;
  readonly city: string;
  readonly subAddress: string;
  readonly familyName: string;
  readonly firstName: string;
  readonly familyNameKana: string;
  readonly firstNameKana: string;
  readonly phoneNumber1: string;
  readonly phoneNumber2: string;
  readonly phoneNumber3: string;
}

type Name = readonly [written: string, kana: string];
type Place = readonly [zip: string, prefecture: string, city: string, town: string];

const FAMILY_NAMES: readonly Name[] = [
  ['見本', 'ミホン'],
  ['試山', 'タメヤマ'],
  ['仮田', 'カリタ'],
  ['例川', 'レイカワ'],
  ['架空', 'カクウ'],
  ['模野', 'モノ'],
  ['想定', 'ソウテイ'],
  ['演口', 'エングチ'],
  ['雛形', 'ヒナガタ'],
  ['練馬場', 'ネリマバ'],
];

const FIRST_NAMES: readonly Name[] = [
  ['一郎', 'イチロウ'],
  ['花子', 'ハナコ'],
  ['みなと', 'ミナト'],
  ['桜', 'サクラ'],
  ['健', 'ケン'],
  ['結', 'ユイ'],
  ['悠', 'ユウ'],
  ['葵', 'アオイ'],
];

const PLACES: readonly Place[] = [
  ['0600001', '北海道', '札幌市中央区', '北一条西'],
  ['9800021', '宮城県', '仙台市青葉区', '中央'],
  ['1000005', '東京都', '千代田区', '丸の内'],
  ['1500002', '東京都', '渋谷区', '渋谷'],
  ['1600023', '東京都', '新宿区', '西新宿'],
  ['2200012', '神奈川県', '横浜市西区', 'みなとみらい'],
  ['3300854', '埼玉県', 'さいたま市大宮区', '桜木町'],
  ['2600013', '千葉県', '千葉市中央区', '中央'],
  ['9200853', '石川県', '金沢市', '本町'],
  ['4200851', '静岡県', '静岡市葵区', '黒金町'],
  ['4600008', '愛知県', '名古屋市中区', '栄'],
  ['5300001', '大阪府', '大阪市北区', '梅田'],
  ['5420076', '大阪府', '大阪市中央区', '難波'],
  ['6500021', '兵庫県', '神戸市中央区', '三宮町'],
  ['7300011', '広島県', '広島市中区', '基町'],
  ['8100001', '福岡県', '福岡市中央区', '天神'],
  ['9000014', '沖縄県', '那覇市', '松尾'],
];

const BUILDINGS = ['', '', '', ' みほんマンション101', ' サンプルハイツ203', ' 例示ビル5F'];

/** Makes up a person. */
export const makePerson = (random: Random): Person => {
  const [familyName, familyNameKana] = random.pick(FAMILY_NAMES);
  const [firstName, firstNameKana] = random.pick(FIRST_NAMES);
  const [zip, prefecture, city, town] = random.pick(PLACES);
  const block = `${random.integer(1, 9)}-${random.integer(1, 20)}-${random.integer(1, 15)}`;
  return {
    zipCode1: zip.slice(0, 3),
    zipCode2: zip.slice(3),
    prefecture,
    city,
    subAddress: `${town}${block}${random.pick(BUILDINGS)}`,
    familyName,
    firstName,
    familyNameKana,
    firstNameKana,
    phoneNumber1: random.pick(['070', '080', '090']),
    phoneNumber2: '0000',
    phoneNumber3: String(random.integer(0, 9999)).padStart(4, '0'),
  };
};

/** What stands in the address of a social gift until its receiver fills it in (order reference §4.2, SenderModel). */
export const GIFT_PLACEHOLDER: Person = {
  zipCode1: '999',
  zipCode2: '9999',
  prefecture: '入力待ち',
  city: '入力待ち',
  subAddress: '入力待ち',
  familyName: '入力待ち',
  firstName: '入力待ち',
  familyNameKana: 'ニュウリョクマチ',
  firstNameKana: 'ニュウリョクマチ',
  phoneNumber1: '999',
  phoneNumber2: '9999',
  phoneNumber3: '9999',
};
