"""The words of table headers in other scripts and in the languages east of Germany.

It exists as data apart from `csv_words`, which adds these words to its own groups. They are folded
by `csv_mapping.normal`, too. A word that ends in `-` matches a beginning, one that begins with `-`
an end: Chinese and Japanese write no blanks between words.
"""

from __future__ import annotations

from typing import Final

# Lithuanian, Latvian, Estonian, Slovene, Croatian, Romanian, Turkish, Hungarian, Indonesian and
# Vietnamese in Latin letters; Greek; Russian, Ukrainian, Bulgarian and Serbian; Hebrew and Arabic;
# Chinese, Japanese and Korean.
DATE_PLAIN: Final = """tarih, tarihi, datums, kuupaev, tanggal, ngay, dagsetning,
ημερομηνια, дата, датум, תאריך, التاريخ, 日期, 日付, 年月日, 时间, 날짜"""
DATE_BOOKED: Final = """knjizenja, izvrsenja, muhasebe-, проводки, обработки, списания, платежа,
κινησης, 记账日期, 記帳日期, 記帳日, 入账日期, 入帳日, 计上日, 計上日, 記帳日"""
DATE_MADE: Final = """tranzactiei, islem-, darijuma-, operacios, операции, операціі,
транзакции, транзакціі, 交易日期, 交易时间, 交易時間, 交易日, 創建時間, -取引日, -利用日,
거래일, 거래일시, 거래일자"""
DATE_VALUE: Final = "valute, valor tarihi, erteknap, αξιας, валютирования, 起息日, ערך"

AMOUNT: Final = """osszeg-, tutar, tutari, znesek, jumlah, nominal, so tien, upphaed, dydis,
summa eur, ποσο, сумма, сума, износ, סכום, المبلغ, -金额, -金額, 入出金, 发生额, 거래금액, 금액"""
AMOUNT_ACCOUNT: Final = """rachunku, billing, billed, billing amount, buchungs-, kontowahrung,
account currency, settlement, uctu, zauctovana, платежа, счета, картки, 记账金额, 入账金额"""
NOT_AMOUNT: Final = """προσημο, бонусы, кэшбэк, округление, комиссия, mcc, номер, код, курс,
комісія, sira, sorszam, redni broj, rb, zap st, -手続料, -手数料, 利息, 汇率, 手续费, 手續費,
수수료, 序号, עמלה, asset, blokady"""
DEBIT: Final = """breme, duguje, zaduzenje, zaduzenja, isplata, isplate, odliv, borc, cikis,
giden, gider, harcama, kimeno, debetas, debets, deebet, keluar, mutasi keluar, ghi no, iesire,
iesiri, plati, χρεωση, расход, расходы, списание, списания, дебет, дебит, видаток, задужење,
задужења, исплата, חובה, בחובה, סכום חיוב, مدين, 支出, 借方, 支出金额, -支出, 取款, 出金,
-出金額, 出金金額, お引出し, -引出額, -支払金額, 支払い金額, -支払い金額, 払出し金額,
-利用金額, 출금, 출금액, 출금금액, 찾으신금액"""
CREDIT: Final = """dobro, potrazuje, odobrenje, odobrenja, uplata, uplate, priliv, alacak,
giris, gelen, gelir, bejovo, jovairas, kreditas, kredits, kreedit, masuk, mutasi masuk, ghi co,
intrare, intrari, incasari, eingehend, πιστωση, приход, доход, доходы, зачисление, зачисления,
поступление, кредит, надходження, одобрење, одобрења, уплата, זכות, בזכות, دائن, 收入, 贷方,
貸方, 收入金额, -收入, 存入, 入金, -入金額, 入金金額, お預入れ, 預入額, お預り金額, 預かり金額,
預入れ金額, お預け入れ, 입금, 입금액, 입금금액, 맡기신금액"""
BALANCE: Final = """bakiye, stanje, likutis, atlikums, jaak, zostatok, sold final,
sold contabil, so du, stada, υπολοιπο, остаток, баланс, залишок, салдо, стање, יתרה, היתרה,
الرصيد, -余额, -餘額, -残高, 잔액, 거래후잔액"""
CURRENCY: Final = """valiuta, valuuta, valute, para birimi, doviz, doviz cinsi, mata uang,
νομισμα, валюта, валута, מטבע, العملة, 币种, 幣別, 币别, 货币, 貨幣, -币种, 通貨, 통화, wahrungs-,
-wahrung"""
PAYEE: Final = """取引先, gavejas, moketojas, gavejas moketojas, sanemejs, maksatajs,
saaja maksja nimi, primatelj, platitelj, platitelj primatelj, primatelj platitelj, prejemnik,
placnik, prejemnik placnik, udelezenec naziv, alici, gonderen, beneficiar ordonator, ordonator,
tegenrekeninghouder, partner neve, получатель, плательщик, контрагент, магазин, отримувач,
δικαιουχος, שם בית העסק, שם בית עסק, 交易对方, 对方户名, 对方账户名, 对手信息, 商户名称,
商戶名稱, 对方名称, 對方戶名, -店名, 利用店名 商品名, -利用先, ご利用先など, 거래처, 받는분,
보낸분"""
DESCRIPTION: Final = """paaiskinimai, paskirtis, mokejimo paskirtis, informacija, selgitus,
namen, namen placila, opis placanja, svrha, svrha doznake, aciklama, islem, islem aciklamasi,
explicatii, detalii, descriere, keterangan, uraian, noi dung, dien giai, skyring, texti,
details of payment, reason, περιγραφη, αιτιολογια, описание, описание операции, назначение,
назначение платежа, основание, комментарии, опис, деталі операціі, призначення платежу, תיאור,
תאור, פרטים, תיאור התנועה, الوصف, 摘要, -摘要, 附言, 备注, 備註, 商品, 商品说明, 用途,
交易说明, 交易名称, 客户摘要, 说明, 摘要内容, 内容, 取引内容, お取引内容, お取り扱い内容,
入出金内容, 適用, 備考, メモ, 詳細1, 詳細2, 적요, 내용, 메모"""
MEMO: Final = (
    """комментарии, 备注, 備註, 附言, 客户摘要, 備考, メモ, 메모, 商品, 商品说明, namen placila"""
)
CATEGORY: Final = "категория, категорія, 交易分类, 分类, カテゴリ, kategorija, kategoriya"
ACCOUNT_NUMBER: Final = """saskaitos nr, konta numurs, kliendi konto, broj racuna, racun, hesap no,
номер счета, номер рахунку, בחשבון, 账号, 卡号, 本方账号, 계좌번호"""
EXTERNAL_ID: Final = "irasas nr, iraso nr, arhiveerimistunnus, 交易订单号, 交易单号, 交易流水号"
REFERENCE: Final = "referenca, referenca placnika, референс проводки, אסמכתא, dekont no, fis no"
STATUS: Final = "статус, 交易状态, 当前状态, 状态, durum"
NOT_TEXT: Final = """mcc, 支付方式, 收 付款方式, 渠道, 网点名称, 交易国家或地区简称, -卡号,
订单号, -订单号, 商户单号, 交易单号, 对方账号, 利用者, 支払方法, -卡号 账号, 对方开户行,
ラベル, 取扱店, 收 支, 钞 汇, 新規サイン, 入払区分, 未資金化区分, номер, статус, тип, racun,
partnerszama, szamlaszam-"""

DEBIT_CELLS: Final = """支出, 出金, 支払, 출금, borc, gider, расход, списание, дебет, видаток,
χρεωση, breme, isplata, duguje, zaduzenje, debetas, deebet, terheles, חובה, 借, 转出, kimeno"""
CREDIT_CELLS: Final = """收入, 入金, 預入, 입금, alacak, gelir, приход, доход, зачисление, кредит,
надходження, πιστωση, dobro, uplata, potrazuje, odobrenje, kreditas, kreedit, jovairas, זכות, 贷,
转入, bejovo"""
LETTER_PAIRS: Final = (("d", "k"), ("d", "a"), ("t", "j"), ("χ", "π"), ("р", "п"), ("д", "к"))
"""Letters for money out and in where both stand in one column: debetas/kreditas, dare/avere."""
UNDIRECTED: Final = "不计收支, 中性交易"
"""Cells that name neither direction: money between the person's own pockets."""
PENDING_CELLS: Final = "в обработке, в обработці, beklemede, provizyon, 等待确认收货, 处理中"
VOID_CELLS: Final = """annulleret, annullert, annullerad, отклонено, отказ, отменен, отменена,
ошибка, відхилено, iptal, iptal edildi, 交易关闭, 支付失败, 已撤销, 失败"""
PLAIN_CELLS: Final = """исполнено, выполнено, ok, проведено, 交易成功, 支付成功, 已存入零钱,
还款成功, posted, geaccepteerd, uitgevoerd, acceptee, udfort, utfort, gennemfort,
contabilizzato, genehmigt, processed, executee,
abgeschlossen, completado, completada, termine, terminee, completato, completata, concluido,
concluida, zakonczono, zakonczona, voltooid, genomford"""
BALANCE_LINES: Final = """likutis pradziai, likutis pabaigai, apyvarta, sakuma atlikums,
beigu atlikums, apgrozijums, algsaldo, loppsaldo, kaive, zacetno stanje, koncno stanje,
pocetno stanje, zavrsno stanje, pocetni saldo, sold initial, sold final, devreden bakiye,
devir, donem basi bakiye, nyito egyenleg, zaro egyenleg, υπολοιπο εναρξης περιοδου,
υπολοιπο τελους περιοδου, входящий остаток, исходящий остаток, остаток на начало,
остаток на конец, вхіднии залишок, вихіднии залишок, 期初余额, 期末余额, 上期余额, 前期繰越,
繰越残高"""
TOTALS: Final = """合计, 合計, 总计, 小计, 人民币合计, 소계, 합계, итого, всего, συνολο, סהכ,
ukupno, skupaj, is viso, kopa, kokku, genel toplam"""

DAY_FIRST: Final = """datum, fecha, data, dato, dag, tarih, dia, buchungstag, buchungsdatum,
kirjauspaiva, libelle, libelle simplifie, montant, solde, betrag, saldo, importe, importo, valor,
bedrag, descripcion, descricao, descrizione, omschrijving, concepto, tutar, aciklama, iznos, opis,
ημερομηνια, дата, сумма, תאריך, movimiento, historico, kontostand, comptabilisation, comptable"""
"""Headers in languages whose countries write the day first, whatever separates the numbers."""
