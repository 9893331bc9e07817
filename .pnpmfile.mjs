/** What only this repository needs is no part of what is published. */
export const hooks = {
  beforePacking(manifest) {
    delete manifest.devDependencies
    return manifest
  },
}
