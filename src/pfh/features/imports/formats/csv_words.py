"""The words of table headers in many languages, folded by `csv_mapping.normal`.

It exists as data so that a language or a bank is added by adding words. A word matches whole words
of a
header; one that ends in `-` matches their beginning.
"""

from __future__ import annotations

from typing import Final

from pfh.features.imports.formats import csv_words_east as east


def folded_words(*texts: str) -> tuple[str, ...]:
    """Return the words of texts, each once; commas stand between them."""
    found = (" ".join(word.split()) for word in ",".join(texts).split(","))
    return tuple(dict.fromkeys(word for word in found if word))


# Dates, best first: each group has a rank.
DATE_PLAIN: Final = folded_words(
    "date, datum, fecha, data, dato, dag, paivamaara, pvm, dia, tag, date d",
    east.DATE_PLAIN,
)
DATE_BOOKED: Final = folded_words(
    """konyveles-, reskontra-, buch-, booking, booked, post, posted, posting, boek-, contab-,
    comptab-, ksieg-, bokf-, bogf-, zaucto-, kirjaus-, processed, completed, finished, cleared,
    clear-, lancamento, date op, provedeni, odpisani, registr-, run date, entry,
    des abschlusses, date de fin, finalizacion, completamento, conclusao, zrealizowania,
    voltooid""",
    east.DATE_BOOKED,
)
DATE_MADE: Final = folded_words(
    """timestamp, datetime, time, tranzakcio,
    transaction, transact-, transaktion-, trans, trade, operat-, operac-, operaz-, operacji,
    mov-,
    beleg-, purchase, transactie-, transakc-, activity, uskutecneni, tapahtuma-, kauf-, achat""",
    east.DATE_MADE,
)
DATE_VALUE: Final = folded_words(
    """value, valuta, valutadatum, valeur, valor, wert-, rente-, wertstellung, waluty,
    splatnosti, settle-, date val, rentedatum, interest, arvopaiva, valutering, rantedatum,
    valutadag, valuutapaiva, effective""",
    east.DATE_VALUE,
)
DATE_OTHER: Final = folded_words(
    """mandat-, due, start-, created, expir-, birth, maturity, verval-, periode, period, bis,
    until, statement, export, download, last, beginns, debut, inicio, inizio, rozpoczecia"""
)

AMOUNT: Final = folded_words(
    """amount, betrag, -betrag, import, cash flow, umsatz, montant, importe, importo, valor,
    bedrag, kwota, belob, belop, belopp, summa, maara, castka, objem, sum, monto, quantia,
    transaktionsbetrag, amt, cantidad, kwota, operacji, volume, suma, iznos, osszeg, tutar,
    betragin, umsatzin, ammontare, montante, belope, belobet, saldoandring, mutatie, variation,
    variazioni, variacion, variacao""",
    east.AMOUNT,
)
# Among several amounts that in the money of the account is meant.
AMOUNT_ACCOUNT: Final = folded_words(east.AMOUNT_ACCOUNT)
AMOUNT_WEAK: Final = folded_words(
    "value, total, net, netto, neto, transaction, cash, brutto, gross, valore, wert, change"
)
# These are the amount although a word of `NOT_AMOUNT` is in them.
AMOUNT_SURE: Final = folded_words(
    """total inclusive of fees, net amount, source amount after fees, amount after fees,
    amount incl fees"""
)
AMOUNT_NET: Final = folded_words("net, netto, neto")
# Another currency than that of the account, or no money of the account at all.
FOREIGN: Final = folded_words(
    """foreign, original, orig, oryginalnej, oryginalna, puvodni, oorspr, fremd-, ursprung-,
    instructed, local, original-, asset, security, instrument"""
)
NOT_AMOUNT: Final = FOREIGN + folded_words(
    """exchange, rate,
    kurs-, -kurs, koers,
    fee, fees, gebuhr-, gebuehr-, vat, tax, steuer-, price, preis, quantity, qty, units, shares,
    stuck,
    number, numero, nummer, nr, no, code, id, check, cheque, zip, phone, commission,
    commissions, count,
    split, cost, cours, taux, cambio, prix, points, score, cashback, kosten, charges, limit,
    card, tip,
    discount, accrued, target, interest, iban, konto-, spese, waehrung, currency, fremdwahrung,
    auslandsentgelt, extranjera, moeda, estrangeira, original-, mcc, sequence, batch, time, size,
    betrag wahrung""",
    east.NOT_AMOUNT,
)
DEBIT: Final = folded_words(
    """expense, expenses, expense amount, funds out, ausgehend, kimeno, terheles,
    debit, debits, debet, soll, belastung, belastungen, ausgang, ausgange, ausgaben, ausgabe,
    withdrawal, withdrawals, paid out, money out, outflow, debito, debe, cargo, cargos, gasto,
    gastos, dare, uscite, uscita, addebiti, addebito, saida, saidas, uitgaven, obciazenia,
    obciazenie, wydatki, wydatek, wyplaty, wyplata, uttag, haevet, vydaje, vydej, debitering,
    debiteringar, spent, depenses, depense, zulasten, lastschrift, spending amount, retiros,
    egreso, egresos, debitos, utgift, utgifter, ut av konto, ut fra konto, payment amount,
    odchozi, veloitus, debiteringen, trekk, belop ut, belob ud, bedrag uit, bedrag af,
    belopp ut""",
    east.DEBIT,
)
CREDIT: Final = folded_words(
    """income, income amount, funds in, bejovo, jovairas,
    credit, credits, kredit, haben, gutschrift, gutschriften, eingang, eingange, einnahmen,
    einnahme, deposit, deposits, paid in, money in, inflow, credito, haber, abono, abonos,
    ingreso, ingresos, avere, entrate, entrata, accrediti, accredito, entrada, entradas,
    inkomsten, uznania, uznanie, wplywy, wplyw, wplaty, wplata, insattning, insattningar,
    indsat, prijmy, prijem, received, recettes, recette, zugunsten, depositos, creditos, inn pa
    konto, inntekt, inntekter, kreditering, prichozi, hyvitys, payment received, receipts,
    innskudd, belop inn, belob ind, bedrag in, bedrag bij, belopp in""",
    east.CREDIT,
)
# These are too short to be looked for inside a header ("Umsatz in EUR"): they are the whole of it.
DEBIT_ALONE: Final = frozenset(
    folded_words(
        """af, uit, ut, out, ud, ut av konto, ut fra konto, d, s, dr, uit konto, w d, debit
        amt, money out gbp"""
    )
)
CREDIT_ALONE: Final = frozenset(
    folded_words("bij, in, inn, ind, inn pa konto, c, h, cr, credit amt, money in gbp")
)
BALANCE: Final = folded_words(
    """balance, saldo, saldos, solde, kontostand, stand, running, running balance, available,
    disponible,
    zustatek, stav, beholdning, kassa, bal, saldot, saldo na trn, egyenleg, bakiye, kontosaldo,
    balanco, stan""",
    east.BALANCE,
)
FEE: Final = folded_words(
    "fee, fees, gebuhr, gebuehr, frais, comision, commissione, tarifa, prowizja, kosten"
)
CURRENCY: Final = folded_words(
    """currency, wahrung, waehrung, w hrung, devise, moneda, valuta, munt, waluta, mena, moeda,
    divisa,
    valuutta, ccy, curr, penznem, monnaie, muntsoort, valutakode, currency code""",
    east.CURRENCY,
)
PAYEE: Final = folded_words(
    """ellenoldali nev, partner neve, partner elnevezese, megbizo kedvezmenyezett, kontrahent-,
    odbior-, nadaw-, partner-, payee, counterparty, counter party, merchant name, merchant,
    payee name, partner name, counterparty name, naam tegenpartij, name zahlungsbeteiligter,
    zahlungsbeteiligter, beguenstigter-, begunstigter-, begunst-, zahlungsempfanger-,
    zahlungsempf-, empfanger-, empfaenger-, auftraggeber-, empf, auftraggeber,
    zahlungspflichtige-, gegenpartei, nombre, beneficiar-, tiers, ordenante, nadawca, odbiorca,
    kontrahent, contrahent, motpart, modpart, protistrana, nazev protiuctu, mottagare,
    mottaker, modtager, afsender, avsender, avsandare, saaja, maksaja, saaja maksaja, nimi,
    company, recipient, sender, name, naam, nom, nome, navn, namn, nazev, jmeno, target name,
    vendor, contraparte, destinatario, descripcion comercio, tegenpartij, tegenpartij naam,
    zleceniodawca, dest, payer, entity, title""",
    east.PAYEE,
)
DESCRIPTION: Final = folded_words(
    """narration, -text, tittel, concepte, moviment, mes dades, -beschreibung, kozlemeny,
    tytul-, szczegoly, motivo, description, desc, omschrijving, beschrijving, beschreibung,
    concepto, descrizione, descricao, historico, libelle, label, tytul, opis operacji, opis,
    text, tekst, details, detail, particulars, narrative, memo, notes, note, verwendungszweck,
    buchungstext, zweck, vwz, vorgang, reference, payment reference, remittance, communication,
    mededeling, mededelingen, message, viesti, meddelelse, information, informations, purpose,
    transaction description, transaction details, original description, observaciones, remarks,
    remark, causale, motivo, betalingskenmerk, zprava, zprava pro prijemce, poznamka, popis,
    kommentar, comment, comments, selitys, rubrik, title, lancamento, title, extended details,
    transaktion, specifikation, forklaring, motif, libelle operation, libelle simplifie,
    additional information, payee detail, transaction, event, activity, betreff, hinweis,
    buchungsdetails, payment reference, tekstas, titulo, descripcion, movimiento, concept,
    beskrivelse, beskrivning, bokforingstext, vrije mededeling, gestructureerde, mededeling,
    subject, item title, kaytto, selite, what, spending note, more details,
    appears on your statement as, notas""",
    east.DESCRIPTION,
)
MEMO: Final = folded_words(
    """kozlemeny,
    memo, notes, note, verwendungszweck, vwz, reference, payment reference, remittance,
    mededeling,
    mededelingen, message, viesti, original description, zprava-, poznamka, kommentar, comment,
    remarks,
    comments, purpose, observaciones, extended details, meddelelse, additional information,
    spending note,
    vrije mededeling, gestructureerde mededeling, betreff, more details, movimiento, item title,
    notas""",
    east.MEMO,
)
NOT_TEXT: Final = folded_words(
    """rekening, compte, cuenta, conto, rachunku, uctu, type, category, kategori-, categor-,
    currency, account, konto, iban, bic, country, address, adres, adresse, city, state, zip,
    postal, phone, id, number, nr, code, status, place, ort, land, anschrift, url, emoji,
    receipt, tags, labels, token, flag, time, zeit, tegenrekening, method, purchased, by,
    swift, blz, date, datum, bank, fecha, data, group, file, member, mcc, no cartao,
    do cartao, de la tarjeta, de la carte""",
    east.NOT_TEXT,
)
CATEGORY: Final = folded_words(
    """category, kategorie, categorie, categoria, kategoria, kategori, subcategory, sub category,
    master category, category group, category name, kategoria transakcji, luokka, subcategoria,
    category parent, parent category, hauptkategorie, unterkategorie, budget category, rubriek""",
    east.CATEGORY,
)
CATEGORY_PARENT: Final = folded_words(
    "category group, master category, category parent, parent category, hauptkategorie"
)
CATEGORY_BOTH: Final = folded_words("category group category, category group master category")
ACCOUNT: Final = folded_words(
    """account, account name, konto, rekening, rachunek, cuenta, compte, conto, conta,
    auftragskonto,
    source name, account owner account, account name, tili, kontonavn, kontonamn, rachunek
    bankowy, ucet,
    nazwa konta, kontobezeichnung"""
)
ACCOUNT_NUMBER: Final = folded_words(
    """account number, account no, account number, account id, rekeningnummer, kontonummer,
    kontonr, konto nr,
    iban, iban bban, iban auftragskonto, iban kontoinhaber, numero de compte, comptenum, card
    number, card no,
    kartennummer, card id, numer rachunku, cislo uctu, iban compte, nr rachunku, iban rekening,
    numero cuenta,
    account nickname, card, tilinumero, iban nummer, account num, bankleitzahl kontonummer""",
    east.ACCOUNT_NUMBER,
)
EXTERNAL_ID: Final = folded_words(
    """transaction id, transaction id, id, fitid, uuid, transfer wise id, unique id,
    identificador, volgnr,
    transactie id, transaktions id, transaktionsid, entry id, internal id, transaction unique id,
    id transakcji, id transakce, identifiant, id pohybu, transaction number, import id, txn id,
    journal id,
    external id, trade id, order id, id operace, archivierungskennung, arkistointitunnus""",
    east.EXTERNAL_ID,
)
REFERENCE: Final = folded_words(
    """check number, check, check no, check or slip, check number, check num, cheque number,
    cheque no, cheque, reference number, reference no, kundenreferenz,
    kundenreferenz end to end, end to, end id, end to end identifikation, transactiereferentie,
    operation number, numero do documento, num doc, documento, referencia, ref, reference,
    check or slip, referenznummer, transaction reference, bankreferenz, docto, viite, referens,
    document, nr transakcji, numero operacao, reference id""",
    east.REFERENCE,
)
STATUS: Final = folded_words(
    """status, state, state type, estado, stato, statut, etat, buchungsstatus, umsatzstatus, tila,
    stav, info""",
    east.STATUS,
)
TAGS: Final = folded_words("tags, labels, tag, etiketten, hashtags, etiquetas")
QUANTITY: Final = folded_words(
    """quantity, qty, quantite, quantidade, cantidad titulos, units, shares, stuck, anzahl,
    nombre de titres, cantidad, quantita, aantal, antal, stuckzahl, ilosc"""
)
PRICE: Final = folded_words(
    """price, unit price, per share cost, share price, kurs, preis, prix, cours, precio, prezzo,
    koers, cena,
    spot price at transaction, price per share, fill price, ausfuhrungskurs"""
)
SECURITY: Final = folded_words(
    """symbol, security, ticker, isin, wkn, instrument, stock, asset, fund, wertpapier, titre,
    valore,
    investment name, symbol isin, product, security name, fund name, underlying symbol"""
)
ACTION: Final = folded_words(
    """action, side, activity type, transaction type, type, transaction, activity, typ,
    transaktionstyp, activity type,
    buy sell, order type, trans code, art, operation"""
)
BUDGETED: Final = folded_words("budgeted, assigned, budgete, budgetiert")

# Headers of exports that write purchases by card as positive, as sets of folded cells that must all
# be there.
CARD_INVERTED: Final = (
    frozenset(folded_words("date, description, card member, account, amount")),
    frozenset(folded_words("date, receipt, description, card member, account, amount")),
    frozenset(
        folded_words("date, description, amount, extended details, appears on your statement as")
    ),
    frozenset(
        folded_words(
            "transaction date, clearing date, description, merchant, category, type, amount usd"
        )
    ),
    frozenset(folded_words("trans date, post date, description, amount, category")),
    frozenset(folded_words("date, category, title, amount")),
    frozenset(folded_words("date, title, amount")),
    frozenset(folded_words("data, categoria, titulo, valor")),
    frozenset(folded_words("data, lancamento, categoria, tipo, valor")),
    frozenset(folded_words("transaction id, card id, date, valuta date, amount, currency")),
    frozenset(folded_words("date, payee, amount, currency, categories, account name")),
    frozenset(folded_words("date, name, amount, status, category, parent category")),
    frozenset(folded_words("datum, beschreibung, karteninhaber, konto, betrag")),
    frozenset(folded_words("date, description, titulaire de la carte, montant")),
    frozenset(folded_words("fecha, descripcion, titular de la tarjeta, importe")),
)
# Columns of Revolut, the last one the fee: its amounts do not hold it.
FEE_BESIDE: Final = (
    ("product", "completed date", "fee"),
    ("produkt", "datum des abschlusses", "gebuhr"),
    ("produit", "date de fin", "frais"),
    ("producto", "fecha de finalizacion", "comision"),
    ("prodotto", "data di completamento", "costo"),
    ("prodotto", "data di completamento", "commissione"),
    ("produto", "data de conclusao", "comissao"),
    ("produkt", "data zrealizowania", "oplata"),
    ("product", "datum voltooid", "kosten"),
)
CARD_HINTS: Final = folded_words(
    """card member, card member, card no, card number, card id, kartennummer, kreditkarte,
    karteninhaber, cardholder, card used, cartao, titulaire de la carte, titular de la tarjeta"""
)
MONTH_FIRST: Final = (
    frozenset(
        folded_words("date, description, original description, amount, transaction type, category")
    ),
    frozenset(folded_words("posting date, description, amount, type, balance")),
    frozenset(folded_words("transaction date, post date, description, category, type, amount")),
)
"""Headers of programs that only ever write the month first."""

CARD_PAYMENTS: Final = folded_words(
    """payment thank you, payment received, autopay, auto pay, automatic payment, online payment,
    zahlung erhalten, ihre zahlung, paiement recu, pago recibido, su pago, pagamento ricevuto,
    betaling ontvangen, betalning mottagen,
    inclusao de pagamento"""
)
"""What a card calls the payment of its bill: money in."""
CARD_RECEIVED: Final = folded_words(
    """payment received, payment thank you, zahlung erhalten, paiement recu, pago recibido,
    pagamento recebido, pagamento ricevuto, betaling ontvangen, betalning mottagen,
    inclusao de pagamento"""
)
"""What only a card says, so that one such row tells which sign means money in."""

# What a broker calls a purchase, when it writes its price without a sign.
SELL: Final = folded_words("sell, sold, sale, verkauf, vente, venta, vendita, verkoop, salg, salj")
BUY: Final = folded_words(
    "buy, bought, purchase, kauf, achat, compra, acquisto, koop, kop, kob, drip, reinvestment"
)

OTHER_SIDE: Final = folded_words(
    """counterparty, counter party, partner, partner name, tegenpartij, gegenpartei, contraparte,
    kontrahent"""
)
PLAIN_NAMES: Final = ("name", "naam", "nom", "nome", "namn", "navn")
PAYER: Final = folded_words(
    """auftraggeber-, zahlungspflicht-, ordenante, nadawca, zleceniodawca, from, sender, payer,
    avsandare, avsender, afsender, afsendernavn, avsendernavn, source name, maksaja, donneur,
    ordinante"""
)
RECIPIENT: Final = folded_words(
    """empfanger-, empfaenger-, zahlungsempf-, begunst-, beguenst-, odbiorca, recipient, to,
    target name, destination name, payee, saaja, mottagare, mottaker-, modtager-, beneficiar-"""
)

# A broker's words for securities that move without money.
NON_CASH: Final = folded_words(
    """split, reverse split, spin off, spinoff, merger, reorg-, stock dividend, journal-,
    name change, conversion, in kind, stock plan activity, re registration, exchange"""
)

DAY_FIRST: Final = folded_words(east.DAY_FIRST)

HEADER_WORDS: Final = (
    *DATE_PLAIN,
    *DATE_BOOKED,
    *DATE_MADE,
    *AMOUNT,
    *DEBIT,
    *CREDIT,
    *BALANCE,
    *CURRENCY,
    *PAYEE,
    *DESCRIPTION,
)
"""What a header is likely to say; tells the encoding of a file whose letters are unclear."""
