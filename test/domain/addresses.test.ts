import fc from 'fast-check';
import type { AddressDoubt, DeliveryAddress } from '../../src/domain/addresses';
import { addressDoubts } from '../../src/domain/addresses';
import { GIFT_PLACEHOLDER, makePerson } from '../../src/sandbox/people';
import { createRandom } from '../../src/sandbox/random';

type Written = readonly [zip: string, prefecture: string, city: string, subAddress: string];

const toAddress = ([zip, prefecture, city, subAddress]: Written): DeliveryAddress => ({
  zipCode1: zip.slice(0, 3),
  zipCode2: zip.slice(3),
  prefecture,
  city,
  subAddress,
  isolatedIslandFlag: 0,
});
const doubts = (...written: Written): AddressDoubt[] => addressDoubts(toAddress(written));

describe('nothing is doubtful about', () => {
  const good: readonly Written[] = [
    ['1000001', '東京都', '千代田区', '千代田1-1'],
    ['1580094', '東京都', '世田谷区', '玉川１丁目１４−１ 楽天クリムゾンハウス'],
    ['1500002', '東京都', '渋谷区', '渋谷 2-21-1 見本ビル 8F'],
    ['1500002', '東京都', '渋谷区渋谷2-21-1', 'サンプルハイツ203'],
    ['1020082', '東京都', '千代田区', '一番町２３番地３'],
    ['1060045', '東京都', '港区', '麻布十番一丁目二番三号'],
    ['1630230', '東京都', '新宿区', '西新宿新宿住友ビル30階'],
    ['1001101', '東京都', '三宅島三宅村', '神着１９８８'],
    ['1001701', '東京都', '青ヶ島村', '無番地'],
    ['5300001', '大阪府', '大阪市北区', '梅田三丁目一番三号'],
    ['5420076', '大阪府', '大阪市中央区', '難波5ー1ー60 なんばマンション１２０１号室'],
    ['6048571', '京都府', '京都市中京区', '寺町通御池上る上本能寺前町488'],
    ['6008411', '京都府', '京都市下京区', '烏丸通四条下る水銀屋町'],
    ['6008006', '京都府', '京都市下京区', '四条通柳馬場東入立売中之町'],
    ['6028570', '京都府', '京都市上京区', '下立売通新町西入薮ノ内町'],
    ['0600001', '北海道', '札幌市中央区', '北1条西2丁目'],
    ['0600001', '北海道', '札幌市中央区', '北一条西二丁目'],
    ['0700034', '北海道', '旭川市', '４条通８丁目'],
    ['0800010', '北海道', '帯広市', '大通南二十三丁目'],
    ['0930074', '北海道', '網走市', '字三眺官有無番地'],
    ['0284125', '岩手県', '盛岡市', '玉山馬場第五地割'],
    ['0294592', '岩手県', '胆沢郡金ケ崎町', '西根南町22-1'],
    ['3994598', '長野県', '上伊那郡南箕輪村', '8304'],
    ['3998301', '長野県', '安曇野市', '穂高有明7327番地'],
    ['3890111', '長野県', '北佐久郡軽井沢町', '大字長倉字横吹2145'],
    ['9200962', '石川県', '金沢市', '広坂一の一の一'],
    ['9390171', '石川県', '羽咋郡宝達志水町', '沢川イ１２'],
    ['4980000', '三重県', '桑名郡木曽岬町', '大字西対海地251番地'],
    ['4980000', '愛知県', '弥富市', '前ケ須町南本田335'],
    ['5130016', '三重県', '鈴鹿市', '鈴鹿ハイツ12'],
    ['0150011', '秋田県', '由利本荘市', '石脇字田尻野無番地'],
    ['9000014', '沖縄県', '那覇市', '松尾２−１０−１'],
    ['9040301', '沖縄県', '中頭郡読谷村', '字座喜味2346番地11'],
    ['9050000', '沖縄県', '国頭郡国頭村', '字辺土名 番地なし'],
    ['1008111', '東京都', '千代田区', '千代田 宮内庁'],
    ['5308201', '大阪府', '大阪市北区', '中之島一丁目三番二十号'],
    ['1500002', '東京都', '渋谷区', '渋谷郵便局留め'],
    ['060-0001', '北海道', '札幌市中央区', '北３条西６'],
    ['1500002', '東京', '渋谷区', '渋谷2-21-1'],
    ['1500002', '', '東京都渋谷区', '渋谷2-21-1'],
  ];
  it.each(good)('〒%s %s%s%s', (...written) => {
    expect(doubts(...written)).toEqual([]);
  });

  it('digits and dashes typed in full width, and blanks around', () => {
    expect(doubts('１５０ー０００２', ' 東京都 ', '渋谷区', '　渋谷２')).toEqual([]);
  });

  it('anybody of the sandbox', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), (seed) => {
        expect(addressDoubts({ ...makePerson(createRandom(seed)), isolatedIslandFlag: 0 })).toEqual([]);
      }),
    );
  });
});

describe('a postal code', () => {
  it.each(['1000050', '9999998'])('%p is in no table, which ages, and that is no doubt', (zip) => {
    expect(doubts(zip, '東京都', '千代田区', '千代田1-1')).toEqual([]);
  });

  it.each(['100001', '10000011', '', 'abcdefg'])('%p is none', (zip) => {
    expect(doubts(zip, '東京都', '千代田区', '千代田1-1')).toEqual(['zip_unknown']);
  });

  it('that is missing is unknown', () => {
    expect(addressDoubts({ prefecture: '東京都', city: '千代田区', subAddress: '千代田1-1' })).toEqual([
      'zip_unknown',
    ]);
  });

  it.each<Written>([
    ['1000001', '大阪府', '大阪市北区', '梅田3-1-3'],
    ['4980000', '岐阜県', '海津市', '海津町高須515'],
    ['1008111', '神奈川県', '横浜市中区', '日本大通1'],
    ['3890192', '新潟県', '妙高市', '大字関山1'],
    ['1000001', '', '大阪府大阪市北区', '梅田3-1-3'],
  ])('%s does not lie in another prefecture (%s%s%s)', (...written) => {
    expect(doubts(...written)).toEqual(['zip_prefecture']);
  });
});

describe('a house number is missing from', () => {
  it.each<Written>([
    ['1000001', '東京都', '千代田区', '千代田'],
    ['1000001', '東京都', '千代田区', ''],
    ['1020082', '東京都', '千代田区', '一番町'],
    ['1060032', '東京都', '港区', '六本木 六本木見本タワー52F'],
    ['1500002', '東京都', '渋谷区', '渋谷 サンプルマンション２０３号室'],
    ['1500002', '東京都', '渋谷区', '渋谷 サンプルハイツ 203号室'],
    ['1500002', '東京都', '渋谷区', '渋谷 コーポ弐番館'],
    ['3998301', '長野県', '安曇野市', '大字穂高字有明'],
    ['9040301', '沖縄県', '中頭郡読谷村', '字座喜味'],
    ['6050074', '京都府', '京都市東山区', '祇園町南側'],
    ['5100000', '三重県', '四日市市', '三ツ谷町'],
  ])('〒%s %s%s%s', (...written) => {
    expect(doubts(...written)).toEqual(['no_house_number']);
  });
});

test('a remote island is told by the flag of Rakuten', () => {
  const address = toAddress(['1001101', '東京都', '三宅島三宅村', '神着1988']);
  expect(addressDoubts({ ...address, isolatedIslandFlag: 1 })).toEqual(['remote_island']);
});

test('several doubts are all told', () => {
  const address = toAddress(['1000001', '大阪府', '大阪市北区', '梅田']);
  expect(addressDoubts({ ...address, isolatedIslandFlag: 1 })).toEqual([
    'zip_prefecture',
    'no_house_number',
    'remote_island',
  ]);
});

describe('no doubt is raised', () => {
  const wrong: Written = ['9999998', '大阪府', '大阪市北区', '梅田'];

  it('about a parcel that is fetched from a store', () => {
    expect(addressDoubts({ ...toAddress(wrong), isolatedIslandFlag: 1 }, true)).toEqual([]);
  });

  it('while a social gift waits for its address', () => {
    expect(addressDoubts({ ...GIFT_PLACEHOLDER, isolatedIslandFlag: 1 })).toEqual([]);
    expect(doubts('1000001', '東京都', '入力待ち', '入力待ち')).toEqual([]);
    expect(doubts('9999999', '', '', '')).toEqual([]);
  });

  it('about an address overseas', () => {
    expect(doubts('94105', '海外', 'San Francisco', 'Market St')).toEqual([]);
    expect(doubts('', '', 'Rue de Rivoli', 'Paris')).toEqual([]);
  });

  it('but about an address of which nothing is filled in', () => {
    expect(addressDoubts({})).toEqual(['zip_unknown', 'no_house_number']);
  });
});

test('whatever is typed, doubts are codes, each once, and never an error', () => {
  const text = fc.option(fc.string({ unit: 'grapheme' }), { nil: null });
  const anything = fc.record({
    zipCode1: text,
    zipCode2: fc.oneof(text, fc.stringMatching(/^\d{0,8}$/)),
    prefecture: text,
    city: text,
    subAddress: text,
    isolatedIslandFlag: fc.constantFrom(0, 1, null),
  });
  const codes: readonly AddressDoubt[] = [
    'zip_unknown',
    'zip_prefecture',
    'no_house_number',
    'remote_island',
  ];
  fc.assert(
    fc.property(anything, fc.boolean(), (address, fetched) => {
      const found = addressDoubts(address, fetched);
      expect(codes.filter((code) => found.includes(code))).toEqual(found);
    }),
  );
});
