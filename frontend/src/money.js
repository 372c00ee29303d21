// Money in the browser is for showing only: integers of minor units in, words out.

const locale = () => document.documentElement.dataset.locale || "en";
const formatters = new Map();

function formatter(currency, options) {
  const key = `${currency} ${JSON.stringify(options)}`;
  if (!formatters.has(key)) {
    let made;
    try {
      made = new Intl.NumberFormat(locale(), { style: "currency", currency, ...options });
    } catch {
      made = new Intl.NumberFormat(locale(), options); // Not an ISO code: a crypto or point account.
    }
    formatters.set(key, made);
  }
  return formatters.get(key);
}

export function formatMinor(minor, currency, digits) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return formatter(currency, options).format(minor / 10 ** digits).replace("-", "\u2212");
}

// For an axis: 12K, 1.25M; never a figure that anyone adds up. Two digits, or neighbouring lines of a
// fortune would be called alike.
export function formatShort(minor, currency, digits) {
  const options = { notation: "compact", maximumFractionDigits: 2, minimumFractionDigits: 0 };
  return formatter(currency, options).format(minor / 10 ** digits).replace("-", "\u2212");
}

// What divides thousands: groups of three behind one to three digits that are not a lone zero.
const GROUPED = /^(?!0)\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*$/;

// What a person typed ("1,234.5", "1234,50") as minor units. Exact: no float on the way. Null for what
// is no amount, and for more decimals or digits than there can be: the server says so, and no digit of
// "0.12345678" is ever taken for euros.
export function parseMinor(text, digits) {
  const clean = (text ?? "").replace(/[\s\u00a0\u202f']/g, "");
  const match = /^([-+]?)(\d[\d.,]*|[.,]\d+)$/.exec(clean);
  if (!match) return null;
  const last = Math.max(match[2].lastIndexOf("."), match[2].lastIndexOf(","));
  const tail = last < 0 ? "" : match[2].slice(last + 1);
  const isFraction = last >= 0 && tail.length <= digits;
  const head = isFraction ? match[2].slice(0, last) : match[2];
  if (/[.,]/.test(head) && !GROUPED.test(head)) return null;
  const whole = head.replace(/[.,]/g, "") || "0";
  const fraction = (isFraction ? tail : "").padEnd(digits, "0");
  const value = Number(whole + fraction);
  if (!Number.isSafeInteger(value)) return null;
  return match[1] === "-" ? -value : value;
}

export function plainDecimal(minor, digits) {
  const text = String(Math.abs(minor)).padStart(digits + 1, "0");
  const sign = minor < 0 ? "-" : "";
  return digits ? `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}` : sign + text;
}
