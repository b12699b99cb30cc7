/** A ship-from record (発送元) as tests register it. */
export const shipFrom = (shipFromId: string, name = '東京倉庫') => ({
  shipFromId,
  name,
  zipCode: '100-0005',
  prefecture: '東京都',
  city: '千代田区',
  subAddress: '丸の内1-1-1',
  phoneNumber: '03-0000-0000',
});
