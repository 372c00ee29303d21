"""The table of commodities: currencies of ISO 4217, metals and cryptocurrencies.

It exists apart from the lookup so that the data can be compared, line by line, with its source: ISO
4217 list one as of 2026-01-01 and list three for withdrawn currencies (docs/specs/ledger.md §3).
"""

from __future__ import annotations

from typing import Final

# One line a currency: code, name. ISO 4217 gives each of them 0 decimals.
NO_DECIMALS: Final = """
BIF Burundi Franc
CLP Chilean Peso
DJF Djibouti Franc
GNF Guinean Franc
ISK Iceland Krona
JPY Japanese Yen
KMF Comorian Franc
KRW South Korean Won
PYG Paraguayan Guarani
RWF Rwanda Franc
UGX Uganda Shilling
UYI Uruguayan Peso in Indexed Units
VND Vietnamese Dong
VUV Vanuatu Vatu
XAF CFA Franc BEAC
XOF CFA Franc BCEAO
XPF CFP Franc
"""

# One line a currency: code, name. ISO 4217 gives each of them 2 decimals.
TWO_DECIMALS: Final = """
AED UAE Dirham
AFN Afghan Afghani
ALL Albanian Lek
AMD Armenian Dram
AOA Angolan Kwanza
ARS Argentine Peso
AUD Australian Dollar
AWG Aruban Florin
AZN Azerbaijani Manat
BAM Bosnian Convertible Mark
BBD Barbados Dollar
BDT Bangladeshi Taka
BMD Bermudian Dollar
BND Brunei Dollar
BOB Boliviano
BOV Bolivian Mvdol
BRL Brazilian Real
BSD Bahamian Dollar
BTN Bhutanese Ngultrum
BWP Botswana Pula
BYN Belarusian Ruble
BZD Belize Dollar
CAD Canadian Dollar
CDF Congolese Franc
CHE WIR Euro
CHF Swiss Franc
CHW WIR Franc
CNY Chinese Yuan Renminbi
COP Colombian Peso
COU Colombian Unidad de Valor Real
CRC Costa Rican Colon
CUP Cuban Peso
CVE Cabo Verde Escudo
CZK Czech Koruna
DKK Danish Krone
DOP Dominican Peso
DZD Algerian Dinar
EGP Egyptian Pound
ERN Nakfa
ETB Ethiopian Birr
EUR Euro
FJD Fiji Dollar
FKP Falkland Islands Pound
GBP Pound Sterling
GEL Georgian Lari
GHS Ghanaian Cedi
GIP Gibraltar Pound
GMD Gambian Dalasi
GTQ Guatemalan Quetzal
GYD Guyana Dollar
HKD Hong Kong Dollar
HNL Honduran Lempira
HTG Haitian Gourde
HUF Hungarian Forint
IDR Indonesian Rupiah
ILS New Israeli Sheqel
INR Indian Rupee
IRR Iranian Rial
JMD Jamaican Dollar
KES Kenyan Shilling
KGS Kyrgyz Som
KHR Cambodian Riel
KPW North Korean Won
KYD Cayman Islands Dollar
KZT Kazakh Tenge
LAK Lao Kip
LBP Lebanese Pound
LKR Sri Lanka Rupee
LRD Liberian Dollar
LSL Lesotho Loti
MAD Moroccan Dirham
MDL Moldovan Leu
MGA Malagasy Ariary
MKD Macedonian Denar
MMK Myanmar Kyat
MNT Mongolian Tugrik
MOP Macanese Pataca
MRU Mauritanian Ouguiya
MUR Mauritius Rupee
MVR Maldivian Rufiyaa
MWK Malawi Kwacha
MXN Mexican Peso
MXV Mexican Unidad de Inversion
MYR Malaysian Ringgit
MZN Mozambique Metical
NAD Namibia Dollar
NGN Nigerian Naira
NIO Nicaraguan Cordoba
NOK Norwegian Krone
NPR Nepalese Rupee
NZD New Zealand Dollar
PAB Panamanian Balboa
PEN Peruvian Sol
PGK Papua New Guinean Kina
PHP Philippine Peso
PKR Pakistan Rupee
PLN Polish Zloty
QAR Qatari Rial
RON Romanian Leu
RSD Serbian Dinar
RUB Russian Ruble
SAR Saudi Riyal
SBD Solomon Islands Dollar
SCR Seychelles Rupee
SDG Sudanese Pound
SEK Swedish Krona
SGD Singapore Dollar
SHP Saint Helena Pound
SLE Sierra Leonean Leone
SOS Somali Shilling
SRD Surinam Dollar
SSP South Sudanese Pound
STN Sao Tome Dobra
SVC El Salvador Colon
SYP Syrian Pound
SZL Swazi Lilangeni
THB Thai Baht
TJS Tajik Somoni
TMT Turkmenistan New Manat
TOP Tongan Pa'anga
TRY Turkish Lira
TTD Trinidad and Tobago Dollar
TWD New Taiwan Dollar
TZS Tanzanian Shilling
UAH Ukrainian Hryvnia
USD US Dollar
USN US Dollar (next day)
UYU Uruguayan Peso
UZS Uzbekistan Sum
VED Bolívar Digital
VES Bolívar Soberano
WST Samoan Tala
XAD Arab Accounting Dinar
XCD East Caribbean Dollar
XCG Caribbean Guilder
YER Yemeni Rial
ZAR South African Rand
ZMW Zambian Kwacha
ZWG Zimbabwe Gold
"""

# One line a currency: code, name. ISO 4217 gives each of them 3 decimals.
THREE_DECIMALS: Final = """
BHD Bahraini Dinar
IQD Iraqi Dinar
JOD Jordanian Dinar
KWD Kuwaiti Dinar
LYD Libyan Dinar
OMR Omani Rial
TND Tunisian Dinar
"""

# One line a currency: code, name. ISO 4217 gives each of them 4 decimals.
FOUR_DECIMALS: Final = """
CLF Chilean Unidad de Fomento
UYW Unidad Previsional
"""

# Code, decimals, last day of use, name: kept so that old statements can be read.
WITHDRAWN: Final = """
ANG 2 2025-03-31 Netherlands Antillean Guilder
ATS 2 2001-12-31 Austrian Schilling
BEF 0 2001-12-31 Belgian Franc
BGN 2 2025-12-31 Bulgarian Lev
BYR 0 2016-12-31 Belarusian Ruble (2000)
CUC 2 2021-06-30 Cuban Convertible Peso
CYP 2 2007-12-31 Cyprus Pound
DEM 2 2001-12-31 Deutsche Mark
EEK 2 2010-12-31 Estonian Kroon
ESP 0 2001-12-31 Spanish Peseta
FIM 2 2001-12-31 Finnish Markka
FRF 2 2001-12-31 French Franc
GRD 0 2001-12-31 Greek Drachma
HRK 2 2022-12-31 Croatian Kuna
IEP 2 2001-12-31 Irish Pound
ITL 0 2001-12-31 Italian Lira
LTL 2 2014-12-31 Lithuanian Litas
LUF 0 2001-12-31 Luxembourg Franc
LVL 2 2013-12-31 Latvian Lats
MRO 2 2017-12-31 Mauritanian Ouguiya (1973)
MTL 2 2007-12-31 Maltese Lira
NLG 2 2001-12-31 Dutch Guilder
PTE 0 2001-12-31 Portuguese Escudo
SIT 2 2006-12-31 Slovenian Tolar
SKK 2 2008-12-31 Slovak Koruna
SLL 2 2024-03-31 Sierra Leonean Leone (1964)
STD 2 2017-12-31 Sao Tome Dobra (1977)
TRL 0 2004-12-31 Turkish Lira (1922)
VEF 2 2018-08-19 Bolívar Fuerte
ZMK 2 2012-12-31 Zambian Kwacha (1968)
ZWL 2 2024-08-31 Zimbabwe Dollar (2009)
"""

# Code, decimals, name. ISO gives metals no minor unit; six decimals of a troy ounce are ours.
METALS: Final = """
XAG 6 Silver (troy ounce)
XAU 6 Gold (troy ounce)
XPD 6 Palladium (troy ounce)
XPT 6 Platinum (troy ounce)
"""

# Code, decimals, name. At most eight decimals are kept, also where a chain has more (ETH has 18).
CRYPTOCURRENCIES: Final = """
ADA 6 Cardano
ATOM 6 Cosmos
AVAX 8 Avalanche
BCH 8 Bitcoin Cash
BNB 8 BNB
BTC 8 Bitcoin
DAI 8 Dai
DOGE 8 Dogecoin
DOT 8 Polkadot
ETC 8 Ethereum Classic
ETH 8 Ether
LINK 8 Chainlink
LTC 8 Litecoin
MATIC 8 Polygon
NEAR 8 NEAR
POL 8 Polygon Ecosystem Token
SHIB 8 Shiba Inu
SOL 8 Solana
TON 8 Toncoin
TRX 6 TRON
UNI 8 Uniswap
USDC 6 USD Coin
USDT 6 Tether
XLM 7 Stellar Lumen
XMR 8 Monero
XRP 6 XRP
XTZ 6 Tezos
ZEC 8 Zcash
"""

# Code and symbol; a commodity that is not here is shown by its code.
SYMBOLS: Final = """
ADA ₳
AFN ؋
AMD ֏
AUD A$
AZN ₼
BDT ৳
BGN лв
BRL R$
BTC ₿
CAD CA$
CNY CN¥
CRC ₡
CZK Kč
DOGE Ð
ETH Ξ
EUR €
GBP £
GEL ₾
GHS ₵
HKD HK$
HUF Ft
IDR Rp
ILS ₪
INR ₹
JPY ¥
KHR ៛
KRW ₩
KZT ₸
LAK ₭
LTC Ł
MNT ₮
MXN MX$
NGN ₦
NZD NZ$
PHP ₱
PLN zł
PYG ₲
RON lei
RUB ₽
SGD S$
THB ฿
TRY ₺
TWD NT$
UAH ₴
USD $
VND ₫
XAF FCFA
XMR ɱ
XOF F CFA
XPF CFPF
XTZ ꜩ
ZAR R
"""
