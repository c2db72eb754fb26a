// How many segments a text takes, by GSM 03.38: the same as local/segments.py, which explains it.
// A browser test holds the two together, character by character.

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENSION = new Set("\f^{}\\[~]|€");

/** @returns {{encoding: "GSM-7"|"UCS-2", units: number, segments: number}} */
export function count(text) {
  const chars = [...text];
  if (chars.every((char) => BASIC.has(char) || EXTENSION.has(char))) {
    const widths = chars.map((char) => (EXTENSION.has(char) ? 2 : 1));
    return { encoding: "GSM-7", units: sum(widths), segments: parts(widths, 160, 153) };
  }
  const widths = chars.map((char) => char.length);
  return { encoding: "UCS-2", units: sum(widths), segments: parts(widths, 70, 67) };
}

function parts(widths, alone, part) {
  if (sum(widths) <= alone) return Math.min(1, widths.length);
  let needed = 1;
  let room = part;
  for (const width of widths) {
    if (width > room) {
      needed += 1;
      room = part;
    }
    room -= width;
  }
  return needed;
}

function sum(widths) {
  return widths.reduce((total, width) => total + width, 0);
}
