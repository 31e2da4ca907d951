// @ts-check
// Makes the fingerprint of a picture or a film on the visitor's own device, so that the file itself is never sent.
//
// PDQ ("PDQ & TMK + PDQF", Facebook 2019) as overt/fingerprints/pdq.py defines it: luma, smoothed twice with a box and
// sampled at 64 x 64 places; of its cosine transform the 16 x 16 lowest frequencies without the mean, each against their
// median; as it is, turned and mirrored. Browsers decode and manage colours a little otherwise than the server does:
// a few bits of 256 may differ, far fewer than between two pictures. Films are looked at on a clock, as in film.py.
//
// What is sent is told in overt/tracing/offered.py. Without this script the form offers to send the file instead.

const GRID = 64, BAND = 16, SMALLEST = 5;
const COARSE = 256, PLAIN = 4, WHOLE = 0.96, HARDLY = 0.25; // Plain edges: see pdq.inside.
const STRIP = 1 << 20; // Pixels that are read at once.
const MOST_PIXELS = 120e6, MOST_BYTES = 1 << 29; // More than this a telephone would not hold.
const MIN_QUALITY = 50;
const EVERY = 0.25, MOST_LOOKS = 240, MOST_FRAMES = 120, FRAME_SIDE = 256, SAME = 8, AT_LEAST_EVERY = 2000;
const RECORD = 69;

/** @typedef {{left: number, top: number, width: number, height: number}} Part */

/** The weights of the pixels that make each of 64 samples of a line. @param {number} size */
function sampler(size) {
  const window = Math.ceil(size / (2 * GRID));
  const ahead = Math.floor(window / 2), back = Math.floor((window - 1) / 2);
  return Array.from({ length: GRID }, (_, row) => {
    const middle = Math.floor(((row + 0.5) * size) / GRID);
    const first = Math.max(0, middle - back), last = Math.min(size, middle + ahead + 1);
    const from = Math.max(0, first - back), to = Math.min(size, last + ahead);
    const weights = new Float64Array(to - from);
    for (let place = first; place < last; place++) {
      const begin = Math.max(0, place - back), end = Math.min(size, place + ahead + 1);
      for (let at = begin; at < end; at++) weights[at - from] += 1 / ((last - first) * (end - begin));
    }
    return { from, weights };
  });
}

/** The luma of a part of a picture, strip by strip. @param {CanvasRenderingContext2D} canvas @param {Part} part
 *  @param {(row: Float64Array, y: number) => void} take */
function rows(canvas, part, take) {
  const high = Math.max(1, Math.floor(STRIP / part.width));
  const line = new Float64Array(part.width);
  for (let top = 0; top < part.height; top += high) {
    const count = Math.min(high, part.height - top);
    const { data } = canvas.getImageData(part.left, part.top + top, part.width, count);
    for (let y = 0, at = 0; y < count; y++) {
      for (let x = 0; x < part.width; x++, at += 4) {
        line[x] = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
      }
      take(line, top + y);
    }
  }
}

/** The luma, smoothed and sampled at 64 x 64 places. @param {CanvasRenderingContext2D} canvas @param {Part} part */
function sampled(canvas, part) {
  const across = sampler(part.width), down = sampler(part.height);
  const grid = new Float64Array(GRID * GRID), line = new Float64Array(GRID);
  rows(canvas, part, (row, y) => {
    across.forEach(({ from, weights }, x) => {
      let sum = 0;
      for (let at = 0; at < weights.length; at++) sum += weights[at] * row[from + at];
      line[x] = sum;
    });
    down.forEach(({ from, weights }, sample) => {
      if (y < from || y >= from + weights.length) return;
      for (let x = 0; x < GRID; x++) grid[sample * GRID + x] += weights[y - from] * line[x];
    });
  });
  return grid;
}

const WAVES = Array.from({ length: BAND }, (_, f) =>
  Array.from({ length: GRID }, (_, x) => Math.sqrt(2 / GRID) * Math.cos((Math.PI / (2 * GRID)) * (f + 1) * (2 * x + 1))));

/** The 16 x 16 lowest frequencies. @param {Float64Array} grid */
function spectrum(grid) {
  const half = WAVES.map((wave) => Array.from({ length: GRID }, (_, x) => {
    let sum = 0;
    for (let y = 0; y < GRID; y++) sum += wave[y] * grid[y * GRID + x];
    return sum;
  }));
  return half.map((row) => WAVES.map((wave) => wave.reduce((sum, weight, x) => sum + weight * row[x], 0)));
}

/** How much there is to tell, 0 to 100. @param {Float64Array} grid */
function quality(grid) {
  let down = 0, across = 0;
  for (let y = 0; y < GRID; y++) {
    for (let x = 0; x < GRID; x++) {
      const here = grid[y * GRID + x];
      if (y + 1 < GRID) down += Math.abs(Math.trunc(((grid[(y + 1) * GRID + x] - here) * 100) / 255));
      if (x + 1 < GRID) across += Math.abs(Math.trunc(((grid[y * GRID + x + 1] - here) * 100) / 255));
    }
  }
  return Math.min(100, Math.floor((down + across) / 90));
}

/** Which frequencies lie above the median, the last one first. @param {number[][]} form */
function bits(form) {
  const flat = form.flat();
  const median = [...flat].sort((a, b) => a - b)[flat.length / 2 - 1];
  const bytes = new Uint8Array(flat.length / 8);
  flat.reverse().forEach((value, at) => { if (value > median) bytes[at >> 3] |= 0x80 >> (at & 7); });
  return bytes;
}

/** The hashes of a part as it is, turned and mirrored, in the order of pdq.WAYS. @param {CanvasRenderingContext2D} canvas
 *  @param {Part} part */
function hashed(canvas, part) {
  if (Math.min(part.width, part.height) < SMALLEST) return { quality: 0, hashes: Array(8).fill(new Uint8Array(32)) };
  const grid = sampled(canvas, part), seen = spectrum(grid);
  const sign = (/** @type {number} */ at) => (at % 2 === 0 ? -1 : 1);
  const flip = (/** @type {boolean} */ down, /** @type {boolean} */ across) =>
    seen.map((row, y) => row.map((value, x) => value * (down ? sign(y) : 1) * (across ? sign(x) : 1)));
  const turned = (/** @type {number[][]} */ form) => form[0].map((_, x) => form.map((row) => row[x]));
  const forms = [seen, turned(flip(false, true)), flip(true, true), turned(flip(true, false)), flip(true, false),
    flip(false, true), turned(seen), turned(flip(true, true))];
  return { quality: quality(grid), hashes: forms.map(bits) };
}

/** Which of `size` pixels make each of fewer ones, by the area that they share. @param {number} size @param {number} fewer
 *  @returns {[number, number][][]} */
function areas(size, fewer) {
  const step = size / fewer;
  return Array.from({ length: fewer }, (_, place) => {
    const begin = place * step, end = Math.min(size, begin + step);
    /** @type {[number, number][]} */
    const parts = [];
    for (let at = Math.floor(begin); at < end; at++) {
      parts.push([at, (Math.min(at + 1, end) - Math.max(at, begin)) / (end - begin)]);
    }
    return parts;
  });
}

/** What is inside plain edges; null where there are none, or hardly anything else. @param {CanvasRenderingContext2D} canvas
 *  @param {Part} whole @returns {Part | null} */
function inside(canvas, whole) {
  const { width, height } = whole, scale = COARSE / Math.max(width, height);
  if (scale >= 1) return null;
  const wide = Math.max(1, Math.round(width * scale)), high = Math.max(1, Math.round(height * scale));
  const every = Math.max(1, Math.floor(0.5 / scale)); // Pixels between are left out, as on the server.
  const across = areas(Math.ceil(width / every), wide), down = areas(Math.ceil(height / every), high);
  const grey = new Float64Array(wide * high), line = new Float64Array(wide);
  rows(canvas, whole, (row, y) => {
    if (y % every) return;
    across.forEach((parts, x) => { line[x] = parts.reduce((sum, [at, share]) => sum + share * row[at * every], 0); });
    down.forEach((parts, at) => {
      for (const [from, share] of parts) {
        if (from === y / every) for (let x = 0; x < wide; x++) grey[at * wide + x] += share * line[x];
      }
    });
  });
  grey.forEach((value, at) => { grey[at] = Math.round(value); });
  const busy = (/** @type {number} */ lines, /** @type {(line: number) => number[]} */ line) => {
    const found = [];
    for (let at = 0; at < lines; at++) {
      const values = line(at), mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      if (spread > PLAIN) found.push(at);
    }
    return found.length ? [found[0], found[found.length - 1] + 1] : [0, 0];
  };
  const [top, bottom] = busy(high, (y) => Array.from(grey.subarray(y * wide, (y + 1) * wide)));
  const column = (/** @type {number} */ x) =>
    Array.from({ length: bottom - top }, (_, y) => grey[(top + y) * wide + x]);
  const [left, right] = bottom ? busy(wide, column) : [0, 0];
  const shares = [(bottom - top) / high, (right - left) / wide];
  if (shares[0] * shares[1] > WHOLE || Math.min(...shares) < HARDLY) return null;
  const tall = height / high, over = width / wide;
  const y = top ? Math.round((top + 0.5) * tall) : 0, x = left ? Math.round((left + 0.5) * over) : 0;
  const under = bottom < high ? Math.round((bottom - 0.5) * tall) : height;
  const beyond = right < wide ? Math.round((right - 0.5) * over) : width;
  return { left: x, top: y, width: beyond - x, height: under - y };
}

/** A canvas on which something was drawn, on white. @param {CanvasImageSource} source @param {number} width
 *  @param {number} height */
function drawn(source, width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  if (!context) throw new Error("no canvas");
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return context;
}

const hex = (/** @type {Uint8Array} */ bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The fingerprints of a picture: whole, and without plain edges. @param {Blob} file */
export async function picture(file) {
  const image = await createImageBitmap(file);
  if (image.width * image.height > MOST_PIXELS) throw new Error("too large");
  const whole = { left: 0, top: 0, width: image.width, height: image.height };
  const canvas = drawn(image, image.width, image.height);
  const within = inside(canvas, whole);
  return [whole, ...(within ? [within] : [])].map((part) => {
    const made = hashed(canvas, part);
    return { quality: made.quality, hashes: made.hashes.map(hex) };
  });
}

/** When something happens to a film that is being read. @param {HTMLVideoElement} film @param {string} name */
function once(film, name) {
  return new Promise((done, failed) => {
    film.addEventListener(name, done, { once: true });
    film.addEventListener("error", failed, { once: true });
  });
}

const apart = (/** @type {Uint8Array} */ one, /** @type {Uint8Array} */ other) =>
  one.reduce((sum, byte, at) => { let x = byte ^ other[at], n = 0; while (x) { n += x & 1; x >>= 1; } return sum + n; }, 0);

/** The fingerprints of a film's frames, on a clock; neighbours that look the same count once. @param {Blob} file */
export async function film(file) {
  const video = document.createElement("video"), address = URL.createObjectURL(file);
  Object.assign(video, { muted: true, preload: "auto", playsInline: true, src: address });
  try {
    await once(video, "loadeddata");
    if (!Number.isFinite(video.duration) || !video.videoWidth) throw new Error("no film");
    const scale = Math.min(1, FRAME_SIDE / Math.min(video.videoWidth, video.videoHeight));
    const width = Math.round(video.videoWidth * scale), height = Math.round(video.videoHeight * scale);
    const every = Math.max(EVERY, video.duration / MOST_LOOKS);
    /** @type {{place: number, quality: number, hashes: Uint8Array[]}[]} */
    const kept = [];
    for (let time = 0; time < video.duration && kept.length < MOST_FRAMES; time += every) {
      const there = once(video, "seeked");
      video.currentTime = time;
      await there;
      const made = hashed(drawn(video, width, height), { left: 0, top: 0, width, height });
      const place = Math.round(1000 * time), last = kept[kept.length - 1];
      if (made.quality < MIN_QUALITY) continue;
      if (last && place - last.place < AT_LEAST_EVERY && apart(last.hashes[0], made.hashes[0]) <= SAME) continue;
      kept.push({ place, ...made });
    }
    const records = new Uint8Array(RECORD * kept.length), view = new DataView(records.buffer);
    kept.forEach((each, at) => {
      view.setUint32(at * RECORD, each.place, true);
      view.setUint8(at * RECORD + 4, each.quality);
      records.set(each.hashes[0], at * RECORD + 5);
      records.set(each.hashes[5], at * RECORD + 37);
    });
    const text = Array.from(records, (byte) => String.fromCharCode(byte)).join("");
    return kept.length ? { extent: Math.ceil(1000 * video.duration), frames: btoa(text) } : null;
  } finally {
    video.removeAttribute("src");
    URL.revokeObjectURL(address);
  }
}

/** SHA-256 of the file's bytes; empty where the browser does not say, or the file is too large to be held. @param {Blob} file */
async function sha256(file) {
  if (!globalThis.crypto?.subtle || file.size > MOST_BYTES) return "";
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())));
}

/** Everything that is sent in place of a file. @param {File} file */
export async function fingerprint(file) {
  /** @type {{v: number, sha256: string, type: string, pictures?: object[], film?: object}} */
  const made = { v: 1, sha256: await sha256(file), type: file.type };
  if (file.type.startsWith("image/")) {
    made.pictures = await picture(file);
  } else {
    const frames = await film(file);
    if (frames) made.film = frames;
  }
  return made;
}

/** The part of the form that is about the file. @param {HTMLElement} place */
function attach(place) {
  const form = /** @type {HTMLFormElement} */ (place.closest("form"));
  const find = (/** @type {string} */ what) => /** @type {any} */ (place.querySelector(what));
  const input = find("input[type=file]"), prints = find("[name=prints]"), told = find("[data-told]");
  const device = find("[data-device]"), choices = place.querySelectorAll("[name=how]");
  const here = device.querySelector("input");
  let turn = 0;
  device.hidden = false;
  find("[data-without]").hidden = true;
  here.checked = true;

  const tell = (/** @type {string} */ text, code = "") => {
    told.textContent = text;
    if (code) told.append(Object.assign(document.createElement("code"), { textContent: code }));
  };
  const settle = async () => {
    const mine = ++turn;
    // An input without a name is no part of what a form sends: the file stays where it is.
    if (here.checked) input.removeAttribute("name"); else input.name = "file";
    prints.value = "";
    tell("");
    const file = input.files[0];
    if (!here.checked || !file) return;
    tell(place.dataset.wait ?? "");
    try {
      if (!/^(image|video)\//.test(file.type)) throw new Error("no picture, no film");
      const made = await fingerprint(file);
      if (mine !== turn) return;
      const tells = made.film || made.pictures?.some((/** @type {any} */ each) => each.quality >= MIN_QUALITY);
      if (!tells && !made.sha256) throw new Error("nothing to tell");
      prints.value = JSON.stringify(made);
      const first = /** @type {any} */ (made.pictures?.[0])?.hashes[0];
      tell((tells ? place.dataset.done : place.dataset.plain) ?? "", (tells && first) || made.sha256);
    } catch {
      if (mine === turn) tell(place.dataset.failed ?? "");
    }
  };
  input.addEventListener("change", settle);
  choices.forEach((each) => each.addEventListener("change", settle));
  form.addEventListener("submit", (event) => {
    // Whoever presses while the fingerprint is made waits for it; the press counts then.
    if (here.checked && input.files[0] && !prints.value && told.textContent === place.dataset.wait) {
      event.preventDefault();
      const wait = setInterval(() => {
        if (told.textContent === place.dataset.wait) return;
        clearInterval(wait);
        form.requestSubmit();
      }, 100);
    }
  });
  settle();
}

document.querySelectorAll("[data-fingerprint]").forEach((place) => attach(/** @type {HTMLElement} */ (place)));
