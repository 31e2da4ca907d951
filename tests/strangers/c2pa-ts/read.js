// Prints what @trustnxt/c2pa-ts says of each file: one JSON object per line.
// `codes` are its failure codes; `manifests` is how many it found; `found` is false where it found none.

import { readFile } from 'node:fs/promises';
import { BMFF, JPEG, MP3, PNG } from '@trustnxt/c2pa-ts/asset';
import { SuperBox } from '@trustnxt/c2pa-ts/jumbf';
import { ManifestStore } from '@trustnxt/c2pa-ts/manifest';

async function read(path) {
    const bytes = new Uint8Array(await readFile(path));
    const kind = [JPEG, PNG, BMFF, MP3].find(each => each?.canRead(bytes));
    if (!kind) return { file: path, error: 'no reader' };
    const asset = new kind(bytes);
    const store = asset.getManifestJUMBF();
    if (!store) return { file: path, found: false };
    const manifests = ManifestStore.read(SuperBox.fromBuffer(store));
    const result = await manifests.validate(asset);
    const active = manifests.getActiveManifest();
    const codes = result.statusEntries.filter(each => !each.success).map(each => each.code);
    return { file: path, found: true, valid: result.isValid, codes, label: active?.label, manifests: manifests.manifests.length };
}

for (const path of process.argv.slice(2)) {
    const told = await read(path).catch(error => ({ file: path, error: String(error) }));
    console.log(JSON.stringify(told));
}
