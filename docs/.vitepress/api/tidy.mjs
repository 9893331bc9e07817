import { Comment, CommentTag, ReflectionFlag, ReflectionKind } from 'typedoc'
import { ENTRIES, FILES_FOR_APPLICATIONS } from './entries.mjs'

const CORE = '@ormutex/core'

/** Leaves of TypeDoc's model what a reader looks for: each thing where it was declared, and only there. */
export function tidy(project) {
  for (const { name, source, intro } of ENTRIES) {
    const module = project.getChildByName([source.replace(/\/index\.ts$/, '')])
    module.name = name
    module.comment = new Comment([text(intro)])
  }
  for (const reflection of Object.values(project.reflections)) {
    if (isElsewhere(reflection)) project.removeReflection(reflection)
    else tidyReflection(project, reflection)
  }
}

/** What every adapter re-exports stands on the page of the core; an inherited member stands where it is inherited from. */
function isElsewhere(reflection) {
  if (reflection.isReference()) return reflection.parent.name !== CORE
  return reflection.isDeclaration() && (reflection.inheritedFrom !== undefined || isConstructorOfError(reflection))
}

/** Applications catch errors and make none. */
function isConstructorOfError(reflection) {
  return reflection.kindOf(ReflectionKind.Constructor) && reflection.parent.name.endsWith('Error')
}

function tidyReflection(project, reflection) {
  // Each of these would be a heading or a column of its own.
  delete reflection.overwrites
  delete reflection.implementationOf
  delete reflection.defaultValue
  reflection.setFlag(ReflectionFlag.Abstract, false)
  if (reflection.parent?.name === CORE && reflection.kindOf(ReflectionKind.SomeExport)) categorize(project, reflection)
  if (reflection.comment) joinThrows(reflection.comment)
}

function categorize(project, reflection) {
  const file = project.getSymbolIdFromReflection(reflection).packagePath.replace('src/', '')
  const readers = FILES_FOR_APPLICATIONS.has(file) ? 'For applications' : 'For adapters and backends'
  reflection.comment ??= new Comment()
  reflection.comment.blockTags.push(new CommentTag('@category', [text(readers)]))
}

/** One list of all errors, each with its type, instead of a heading for each. */
function joinThrows(comment) {
  const tags = comment.getTags('@throws')
  if (tags.length === 0) return
  const items = tags.flatMap(({ typeAnnotation, content }) => {
    const type = typeAnnotation?.replace(/^\{(.*)\}$/, '$1')
    return [text(`- ${type === undefined ? '' : `\`${type}\` `}`), ...content, text('\n')]
  })
  comment.removeTags('@throws')
  comment.blockTags.unshift(new CommentTag('@throws', items))
}

function text(value) {
  return { kind: 'text', text: value }
}
