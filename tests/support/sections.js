/**
 * The ids of the sections of a WebAssembly binary. After 8 bytes of header it has, section after section, an id, a
 * LEB128 length and the content.
 */
export function sectionIds(binary) {
  const ids = [];
  for (let at = 8; at < binary.length; ) {
    ids.push(binary[at++]);
    let length = 0;
    let shift = 0;
    let byte;
    do {
      byte = binary[at++];
      length |= (byte & 127) << shift;
      shift += 7;
    } while (byte & 128);
    at += length;
  }
  return ids;
}
