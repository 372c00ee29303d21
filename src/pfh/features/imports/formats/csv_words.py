"""The words of table headers in many languages, folded by `csv_mapping.normal`.

It exists as data so that a language or a bank is added by adding words. A word matches whole words
of a
header; one that ends in `-` matches their beginning.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", ",").split(",") if word.strip())


# Dates, best first: each group has a rank.
DATE_PLAIN: Final = _words("date, datum, fecha, data, dato, dag, paivamaara, pvm, dia, tag, date d")
DATE_BOOKED: Final = _words(
    """konyveles-, reskontra-,
    buch-, booking, booked, post, posted, posting, boek-, contab-, comptab-, ksieg-, bokf-,
    bogf-,
    zaucto-, kirjaus-, processed, completed, finished, cleared, clear-, lancamento, date op,
    provedeni, odpisani,
    registr-, run date, entry"""
)
DATE_MADE: Final = _words(
    """timestamp, datetime, time, tranzakcio,
    transaction, transact-, transaktion-, trans, trade, operat-, operac-, operaz-, operacji,
    mov-,
    beleg-, purchase, transactie-, transakc-, activity, uskutecneni, tapahtuma-, kauf-, achat"""
)
DATE_VALUE: Final = _words(
    """value, valuta, valutadatum, valeur, valor, wert-, rente-, waluty, splatnosti, settle-,
    date val,
    rentedatum, interest, arvopaiva, valutering, rantedatum, valutadag, valuutapaiva, effective"""
)
DATE_OTHER: Final = _words(
    """mandat-, due, start-, created, expir-, birth, maturity, verval-, periode, period, bis, until,
    statement, export, download, last"""
)

AMOUNT: Final = _words(
    """amount, betrag, umsatz, montant, importe, importo, valor, bedrag, kwota, belob, belop,
    belopp,
    summa, maara, castka, objem, sum, monto, quantia, transaktionsbetrag, amt, cantidad, kwota
    operacji,
    volume, suma, iznos, osszeg, tutar, betragin, umsatzin, ammontare, montante, belope,
    belobet, saldoandring"""
)
AMOUNT_WEAK: Final = _words(
    "value, total, net, netto, neto, transaction, cash, brutto, gross, valore, wert"
)
# These are the amount although a word of `NOT_AMOUNT` is in them.
AMOUNT_SURE: Final = _words(
    """total inclusive of fees, net amount, source amount after fees, amount after fees,
    amount incl fees"""
)
AMOUNT_NET: Final = _words("net, netto, neto")
NOT_AMOUNT: Final = _words(
    """foreign, original, orig, oorspr, fremd-, ursprung-, instructed, local, exchange, rate,
    kurs-, koers,
    fee, fees, gebuhr-, gebuehr-, vat, tax, steuer-, price, preis, quantity, qty, units, shares,
    stuck,
    number, numero, nummer, nr, no, code, id, check, cheque, zip, phone, commission,
    commissions, count,
    split, cost, cours, taux, cambio, prix, points, score, cashback, kosten, charges, limit,
    card, tip,
    discount, accrued, target, interest, iban, konto-, spese, waehrung, currency, fremdwahrung,
    auslandsentgelt, extranjera, moeda, estrangeira, original-, mcc, sequence, batch, time, size,
    betrag wahrung"""
)
DEBIT: Final = _words(
    """expense, expenses, expense amount, funds out, ausgehend, kimeno, terheles,
    debit, debits, debet, soll, belastung, belastungen, ausgang, ausgange, ausgaben, ausgabe,
    withdrawal, withdrawals, paid out, money out, outflow, debito, debe, cargo, cargos, gasto,
    gastos, dare, uscite, uscita, addebiti, addebito, saida, saidas, uitgaven, obciazenia,
    obciazenie, wydatki, wydatek, wyplaty, wyplata, uttag, haevet, vydaje, vydej, debitering,
    debiteringar, spent, depenses, depense, zulasten, lastschrift, spending amount, retiros,
    egreso, egresos, debitos, utgift, utgifter, ut av konto, ut fra konto, payment amount,
    odchozi, veloitus, debiteringen, trekk"""
)
CREDIT: Final = _words(
    """income, income amount, funds in, bejovo, jovairas,
    credit, credits, kredit, haben, gutschrift, gutschriften, eingang, eingange, einnahmen,
    einnahme, deposit, deposits, paid in, money in, inflow, credito, haber, abono, abonos,
    ingreso, ingresos, avere, entrate, entrata, accrediti, accredito, entrada, entradas,
    inkomsten, uznania, uznanie, wplywy, wplyw, wplaty, wplata, insattning, insattningar,
    indsat, prijmy, prijem, received, recettes, recette, zugunsten, depositos, creditos, inn pa
    konto, inntekt, inntekter, kreditering, prichozi, hyvitys, payment received, receipts,
    innskudd"""
)
# These are too short to be looked for inside a header ("Umsatz in EUR"): they are the whole of it.
DEBIT_ALONE: Final = frozenset(
    _words(
        """af, uit, ut, out, ud, ut av konto, ut fra konto, d, s, dr, uit konto, w d, debit
        amt, money out gbp"""
    )
)
CREDIT_ALONE: Final = frozenset(
    _words("bij, in, inn, ind, inn pa konto, c, h, cr, credit amt, money in gbp")
)
BALANCE: Final = _words(
    """balance, saldo, saldos, solde, kontostand, stand, running, running balance, available,
    disponible,
    zustatek, stav, beholdning, kassa, saldot, saldo na trn, egyenleg, bakiye, kontosaldo,
    balanco, stan"""
)
FEE: Final = _words(
    "fee, fees, gebuhr, gebuehr, frais, comision, commissione, tarifa, prowizja, kosten"
)
CURRENCY: Final = _words(
    """currency, wahrung, waehrung, w hrung, devise, moneda, valuta, munt, waluta, mena, moeda,
    divisa,
    valuutta, ccy, curr, penznem, monnaie, muntsoort, valutakode, currency code"""
)
PAYEE: Final = _words(
    """kontrahent-, odbior-, nadaw-, partner-,
    payee, counterparty, counter party, merchant name, merchant, payee name,
    partner name,
    counterparty name, naam tegenpartij, name zahlungsbeteiligter, zahlungsbeteiligter,
    beguenstigter-, begunstigter-, begunst-, zahlungsempfanger-, zahlungsempf-, empfanger-,
    empfaenger-,
    auftraggeber-, empf, auftraggeber, zahlungspflichtige-, gegenpartei, nombre, beneficiar-,
    tiers, ordenante,
    nadawca, odbiorca, kontrahent, contrahent, protistrana, nazev protiuctu, mottagare,
    mottaker, modtager,
    afsender, avsender, avsandare, saaja, maksaja, saaja maksaja, nimi, company, recipient,
    sender, name, naam, nom,
    nome, navn, namn, nazev, jmeno, target name, vendor,    contraparte,
    destinatario,
    descripcion comercio, tegenpartij, tegenpartij naam, zleceniodawca, dest, payer, entity,
    title"""
)
DESCRIPTION: Final = _words(
    """narration, -text, kozlemeny, tytul-, szczegoly, motivo,
    description, desc, omschrijving, beschreibung, concepto, descrizione, descricao,
    historico, libelle,
    label, tytul, opis operacji, opis, text, tekst, details, detail, particulars, narrative,
    memo, notes, note,
    verwendungszweck, buchungstext, zweck, vwz, vorgang, reference, payment reference, remittance,
    communication, mededeling, mededelingen, message, viesti, meddelelse, information,
    informations, purpose,
    transaction description, transaction details, original description, observaciones, remarks,
    remark,
    causale, motivo, betalingskenmerk, zprava, zprava pro prijemce, poznamka, popis, kommentar,
    comment,
    comments, selitys, rubrik, title, lancamento, title, extended details, transaktion,
    specifikation, forklaring,
    motif, libelle operation, libelle simplifie, additional information, payee detail,
    transaction, event,
    activity, betreff, hinweis, buchungsdetails, payment reference, tekstas, titulo, descripcion,
    movimiento,
    concept, beskrivelse, beskrivning, bokforingstext, vrije mededeling, gestructureerde
    mededeling, subject,
    item title, kaytto, selite, what, spending note, more details, appears on your statement as,
    notas"""
)
MEMO: Final = _words(
    """kozlemeny,
    memo, notes, note, verwendungszweck, vwz, reference, payment reference, remittance,
    mededeling,
    mededelingen, message, viesti, original description, zprava-, poznamka, kommentar, comment,
    remarks,
    comments, purpose, observaciones, extended details, meddelelse, additional information,
    spending note,
    vrije mededeling, gestructureerde mededeling, betreff, more details, movimiento, item title,
    notas"""
)
NOT_TEXT: Final = _words(
    """type, category, kategori-, categor-, currency, account, konto, iban,
    bic, country,
    address, adres,
    adresse, city, state, zip, postal, phone, id, number, nr, code, status, place, ort, land,
    anschrift,
    url, emoji, receipt, tags, labels, token, flag, time, zeit, tegenrekening, method, purchased
    by, swift,
    blz, date, datum, bank, fecha, data, group, file, member, mcc"""
)
CATEGORY: Final = _words(
    """category, kategorie, categorie, categoria, kategoria, kategori, subcategory, sub category,
    master category, category group, category name, kategoria transakcji, luokka, subcategoria,
    category parent, parent category, hauptkategorie, unterkategorie, budget category, rubriek"""
)
CATEGORY_PARENT: Final = _words(
    "category group, master category, category parent, parent category, hauptkategorie"
)
CATEGORY_BOTH: Final = _words("category group category, category group master category")
ACCOUNT: Final = _words(
    """account, account name, konto, rekening, rachunek, cuenta, compte, conto, conta,
    auftragskonto,
    source name, account owner account, account name, tili, kontonavn, kontonamn, rachunek
    bankowy, ucet,
    nazwa konta, kontobezeichnung"""
)
ACCOUNT_NUMBER: Final = _words(
    """account number, account no, account number, account id, rekeningnummer, kontonummer,
    kontonr, konto nr,
    iban, iban bban, iban auftragskonto, iban kontoinhaber, numero de compte, comptenum, card
    number, card no,
    kartennummer, card id, numer rachunku, cislo uctu, iban compte, nr rachunku, iban rekening,
    numero cuenta,
    account nickname, card, tilinumero, iban nummer, account num, bankleitzahl kontonummer"""
)
EXTERNAL_ID: Final = _words(
    """transaction id, transaction id, id, fitid, uuid, transfer wise id, unique id,
    identificador, volgnr,
    transactie id, transaktions id, transaktionsid, entry id, internal id, transaction unique id,
    id transakcji, id transakce, identifiant, id pohybu, transaction number, import id, txn id,
    journal id,
    external id, trade id, order id, id operace, archivierungskennung, arkistointitunnus"""
)
REFERENCE: Final = _words(
    """check number, check, check no, check or slip, check number, check num, cheque number,
    cheque no,
    cheque, reference number, reference no, kundenreferenz, kundenreferenz end to end, end to
    end id,
    end to end identifikation, transactiereferentie, operation number, numero do documento, num doc,
    documento, referencia, ref, reference, check or slip, referenznummer, transaction reference,
    bankreferenz,
    docto, viite, referens, document, nr transakcji, numero operacao, reference id"""
)
STATUS: Final = _words(
    """status, state, state type, estado, stato, statut, etat, buchungsstatus, umsatzstatus, tila,
    stav, info"""
)
TAGS: Final = _words("tags, labels, tag, etiketten, hashtags, etiquetas")
QUANTITY: Final = _words(
    """quantity, qty, units, shares, stuck, anzahl, nombre de titres, cantidad, quantita, aantal,
    antal, stuckzahl, ilosc"""
)
PRICE: Final = _words(
    """price, unit price, per share cost, share price, kurs, preis, prix, cours, precio, prezzo,
    koers, cena,
    spot price at transaction, price per share, fill price, ausfuhrungskurs"""
)
SECURITY: Final = _words(
    """symbol, security, ticker, isin, wkn, instrument, stock, asset, fund, wertpapier, titre,
    valore,
    investment name, symbol isin, product, security name, fund name, underlying symbol"""
)
ACTION: Final = _words(
    """action, side, activity type, transaction type, type, transaction, activity, typ,
    transaktionstyp, activity type,
    buy sell, order type, trans code, art, operation"""
)
BUDGETED: Final = _words("budgeted, assigned, budgete, budgetiert")

# Cells that say the direction of the amount.
DEBIT_CELLS: Final = frozenset(
    _words(
        """debit, db, dr, d, s, soll, af, out, debet, debito, wydatek, obciazenie,
        withdrawal, expense,
        ausgabe, gasto, despesa, sortie, uit, ud, cargo, money out, outgoing, sent, dare,
        belastung, uscita,
        saida, egreso, depense, lastschrift, dbit, debe, odchozi, vydaj, utgift, spent,
        charge, debit card,
        purchase, outflow, payment out, ausgang, odeslana, a debito, minus"""
    )
)
CREDIT_CELLS: Final = frozenset(
    _words(
        """credit, cr, c, h, haben, bij, in, kredit, credito, uznanie, wplyw, deposit,
        income, einnahme,
        ingreso, receita, entrada, entree, inn, abono, money in, incoming, received, avere,
        gutschrift,
        entrata, crdt, haber, prichozi, prijem, inntekt, refund, inflow, payment in,
        eingang, recette,
        prijata, a credito, cred, plus"""
    )
)
NEUTRAL_CELLS: Final = frozenset({"", "neutral"})

PENDING_CELLS: Final = frozenset(
    _words(
        """pending, vorgemerkt, en attente, pendiente, pendente, in sospeso, reserved,
        reserviert, reserveret,
        reservert, reservation, authorised, authorized, authorization, processing, in
        afwachting, hold, on hold,
        unposted, oczekujaca, nezauctovano, varaus, umsatz vorgemerkt, offen, nicht gebucht,
        preliminary"""
    )
)
VOID_CELLS: Final = frozenset(
    _words(
        """declined, failed, cancelled, canceled, reverted, rejected, denied, expired,
        voided, void, refused,
        abgelehnt, storniert, rechazada, rechazado, anulado, refuse, annule, odrzucona,
        rifiutato, error,
        returned to sender, blocked"""
    )
)

# A row with one of these for its words is a balance and no movement.
BALANCE_LINES: Final = frozenset(
    _words(
        """saldo, saldo anterior, saldo inicial, saldo final, saldo atual, saldo do dia,
        anfangssaldo, endsaldo,
        schlusssaldo, anfangsbestand, endbestand, kontostand, alter kontostand, neuer
        kontostand, opening balance,
        closing balance, beginning balance, ending balance, starting balance, balance
        brought forward,
        balance carried forward, brought forward, carried forward, previous balance, balance
        forward,
        solde, solde initial, solde final, solde precedent, ancien solde, nouveau solde,
        saldo iniziale,
        saldo finale, saldo poczatkowe, saldo koncowe, beginsaldo, eindsaldo, startsaldo,
        saldo bloqueado,
        slutsaldo, ingaende saldo, utgaende saldo, inngaende saldo, pocatecni zustatek,
        konecny zustatek,
        saldo disponivel, saldo total, s a l d o, saldo em conta, saldovortrag"""
    )
)
TOTALS: Final = _words(
    """summe, gesamtsumme, zwischensumme, gesamt, total, totals, subtotal, sub total, grand total,
    somme, totale, totaal, suma, razem, summa, celkem, yhteensa, osszesen, toplam, итого"""
)
"""Beginnings of a row without a date that adds up the others."""
BALANCE_BEGINNINGS: Final = frozenset(line[:4] for line in BALANCE_LINES)

# Headers of exports that write purchases by card as positive, as sets of folded cells that must all
# be there.
CARD_INVERTED: Final = (
    frozenset(_words("date, description, card member, account, amount")),
    frozenset(_words("date, receipt, description, card member, account, amount")),
    frozenset(_words("date, description, amount, extended details, appears on your statement as")),
    frozenset(
        _words("transaction date, clearing date, description, merchant, category, type, amount usd")
    ),
    frozenset(_words("trans date, post date, description, amount, category")),
    frozenset(_words("date, category, title, amount")),
    frozenset(_words("date, title, amount")),
    frozenset(_words("transaction id, card id, date, valuta date, amount, currency")),
    frozenset(_words("date, payee, amount, currency, categories, account name")),
    frozenset(_words("date, name, amount, status, category, parent category")),
    frozenset(_words("datum, beschreibung, karteninhaber, konto, betrag")),
    frozenset(_words("date, description, titulaire de la carte, montant")),
    frozenset(_words("fecha, descripcion, titular de la tarjeta, importe")),
)
CARD_HINTS: Final = _words(
    """card member, card member, card no, card number, card id, kartennummer, kreditkarte,
    karteninhaber, cardholder"""
)
MONTH_FIRST: Final = (
    frozenset(
        _words("date, description, original description, amount, transaction type, category")
    ),
    frozenset(_words("posting date, description, amount, type, balance")),
    frozenset(_words("transaction date, post date, description, category, type, amount")),
)
"""Headers of programs that only ever write the month first."""

CARD_PAYMENTS: Final = _words(
    """payment thank you, payment received, autopay, auto pay, automatic payment, online payment,
    zahlung erhalten, ihre zahlung, paiement recu, pago recibido, su pago, pagamento ricevuto,
    betaling ontvangen, betalning mottagen"""
)
"""What a card calls the payment of its bill: money in."""

# What a broker calls a purchase, when it writes its price without a sign.
SELL: Final = _words("sell, sold, sale, verkauf, vente, venta, vendita, verkoop, salg, salj")
BUY: Final = _words(
    "buy, bought, purchase, kauf, achat, compra, acquisto, koop, kop, kob, drip, reinvestment"
)

OTHER_SIDE: Final = _words(
    """counterparty, counter party, partner, partner name, tegenpartij, gegenpartei, contraparte,
    kontrahent"""
)
PLAIN_NAMES: Final = ("name", "naam", "nom", "nome", "namn", "navn")
PAYER: Final = _words(
    """auftraggeber-, zahlungspflicht-, ordenante, nadawca, zleceniodawca, from, sender, payer,
    avsandare, source name, maksaja, donneur, ordinante"""
)
RECIPIENT: Final = _words(
    """empfanger-, empfaenger-, zahlungsempf-, begunst-, beguenst-, odbiorca, recipient, to,
    target name, destination name, payee, saaja, mottagare, beneficiar-"""
)

# A broker's words for securities that move without money.
NON_CASH: Final = _words(
    """split, reverse split, spin off, spinoff, merger, reorg-, stock dividend, journal-,
    name change, conversion, in kind, stock plan activity, re registration, exchange"""
)
