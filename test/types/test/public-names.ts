import ts from 'typescript-5.9'
import { program } from './editor.js'
import { entries, PACKAGES } from './workspace.js'

/** A name that users can write: what an entry exports, or a member of that. */
export interface PublicName {
  readonly entry: string
  /** `NamedLocks.withNamedLock` */
  readonly path: string
  /** Of its interface or class; `undefined` for what is exported itself. */
  readonly owner: string | undefined
  readonly declaration: ts.Declaration
  /** What an editor shows of it, besides its type. */
  readonly documentation: string
  readonly tags: readonly { readonly name: string; readonly text: string }[]
  /** What it returns, if it is called. */
  readonly returns: string | undefined
  /** Of a property. */
  readonly type: string
}

/** Every public name of every entry of every package, once. */
export function publicNames(): readonly PublicName[] {
  const checker = program().getTypeChecker()
  const names = new Map<ts.Symbol, PublicName>()
  for (const [entry, file] of entries()) {
    const module = checker.getSymbolAtLocation(program().getSourceFile(file)!)!
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      collect(entry, symbol, undefined)
    }
  }
  return [...names.values()]

  function collect(entry: string, symbol: ts.Symbol, owner: string | undefined): void {
    const declaration = symbol.declarations?.find(isOurs)
    if (declaration === undefined || names.has(symbol)) return
    const path = owner === undefined ? symbol.name : `${owner}.${symbol.name}`
    names.set(symbol, { entry, path, owner, declaration, ...describe(symbol, declaration) })
    for (const each of symbol.declarations!) {
      for (const member of membersOf(each)) collect(entry, symbolOf(member), path)
    }
  }

  function describe(
    symbol: ts.Symbol,
    declaration: ts.Declaration,
  ): Pick<PublicName, 'documentation' | 'tags' | 'returns' | 'type'> {
    const type = checker.getTypeOfSymbolAtLocation(symbol, declaration)
    // What is said of a constructor is said of its signature, and its symbol stands for the class.
    const constructed = ts.isConstructorDeclaration(declaration)
      ? checker.getSignatureFromDeclaration(declaration)
      : undefined
    const called = constructed === undefined ? type.getCallSignatures()[0] : undefined
    const said = constructed ?? symbol
    return {
      documentation: ts.displayPartsToString(said.getDocumentationComment(checker)),
      tags: tagsOf(constructed?.getJsDocTags() ?? symbol.getJsDocTags(checker)),
      returns: called && checker.typeToString(called.getReturnType()),
      type: checker.typeToString(type),
    }
  }

  function symbolOf(member: ts.Node): ts.Symbol {
    // What has no name, such as a constructor, keeps its symbol to itself.
    return (
      checker.getSymbolAtLocation((member as ts.NamedDeclaration).name ?? member) ??
      (member as { symbol?: ts.Symbol }).symbol!
    )
  }
}

function tagsOf(tags: readonly ts.JSDocTagInfo[]): PublicName['tags'] {
  return tags.map(({ name, text }) => ({ name, text: ts.displayPartsToString(text) }))
}

/** What of an interface, a class or a type literal can be used from outside. */
function membersOf(node: ts.Node): readonly ts.Node[] {
  if (ts.isTypeAliasDeclaration(node)) return membersOf(node.type)
  if (ts.isUnionTypeNode(node)) return node.types.flatMap(membersOf)
  if (ts.isPropertySignature(node)) return node.type === undefined ? [] : membersOf(node.type)
  if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node) && !ts.isTypeLiteralNode(node)) return []
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
  return node.members.filter((member) => {
    if (ts.getCombinedModifierFlags(member) & hidden) return false
    if (ts.isConstructorDeclaration(member)) return member.parameters.length > 0
    return member.name === undefined || !ts.isPrivateIdentifier(member.name)
  })
}

function isOurs(declaration: ts.Declaration): boolean {
  return declaration.getSourceFile().fileName.startsWith(PACKAGES)
}
