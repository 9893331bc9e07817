import { ReflectionKind } from 'typedoc'
import { MarkdownTheme, MarkdownThemeContext, ModuleRouter } from 'typedoc-plugin-markdown'
import { ENTRIES } from './entries.mjs'

/** A page for each entry, under the name that `ENTRIES` gives it. */
export class ReferenceRouter extends ModuleRouter {
  getIdealBaseName(reflection) {
    if (!reflection.kindOf(ReflectionKind.Module)) return super.getIdealBaseName(reflection)
    return ENTRIES.find(({ name }) => name === reflection.name).page
  }
}

/** typedoc-plugin-markdown's own, without what only says again what the line of code above it says. */
export class ReferenceTheme extends MarkdownTheme {
  getRenderContext(page) {
    return new ReferenceContext(this, page, this.application.options)
  }
}

class ReferenceContext extends MarkdownThemeContext {
  constructor(theme, page, options) {
    super(theme, page, options)
    const { signature, signatureReturns } = this.partials
    this.partials.signature = (model, { hideTitle, ...place }) => {
      const title = hideTitle ? '' : this.partials.signatureTitle(model, { accessor: place.accessor })
      const { typeParameters, parameters } = model
      const rest = Object.create(model, {
        typeParameters: { value: isAnyDescribed(typeParameters) ? typeParameters : undefined },
        parameters: { value: isAnyDescribed(parameters) ? parameters : undefined },
      })
      return `${title}\n\n${signature(rest, { ...place, hideTitle: true })}`
    }
    this.partials.signatureReturns = (model, place) =>
      model.comment?.getTag('@returns') ? signatureReturns(model, place) : ''
  }
}

function isAnyDescribed(parameters) {
  return parameters?.some(({ comment }) => comment !== undefined)
}
