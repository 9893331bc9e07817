import { register } from 'node:module'
import { MUTANT_VARIABLE, UNAPPLIED_EXIT_CODE } from './apply-mutant.js'
import { findMutant } from './catalogue.js'
import { editedModules } from './edited-modules.js'

// What a worker is started with, `--import`: the library that it imports later is the mutant that its environment names.
const id = process.env[MUTANT_VARIABLE]
if (id !== undefined) {
  try {
    register('./hooks.js', { parentURL: import.meta.url, data: editedModules(findMutant(id)) })
  } catch (error) {
    console.error(error)
    // A worker with the right library would look like a mutant that nobody catches.
    process.exit(UNAPPLIED_EXIT_CODE)
  }
}
