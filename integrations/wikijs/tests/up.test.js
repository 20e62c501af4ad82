// The module over the real daemon.

const assert = require('node:assert/strict')
const { after, before, test } = require('node:test')
const { HOOKS, PAGE, TOKEN, daemon, until, wikiWith } = require('./support.js')

const page = (title, tags, body) =>
  `---\ntitle: ${title}\ndescription: \npublished: true\ndate: 2026-03-01T10:00:00.000Z\ntags: ${tags}\neditor: markdown\ndateCreated: 2026-01-01T10:00:00.000Z\n---\n\n${body}\n`
const pages = {
  'home.md': page('Início', '', 'Bem-vindo à base de ajuda.'),
  'Financeiro/Segunda_via.md': page('Segunda via: como emitir', 'boleto, cobrança', '# Emissão\n\nA segunda via & o "carnê" saem pela tela <Cobrança> do cliente. Use `a < b` com cuidado.'),
  'TI/Rede.md': page('Rede interna', 'rede', 'O roteador da rede interna fica na sala dois.'),
  'en/Billing/Invoice.md': page('Invoice copies', 'billing', 'How to print an invoice again.')
}
for (let number = 1; number <= 120; number++) pages[`Serie/Item_${number}.md`] = page(`Item ${number}`, 'serie', `Texto sobre girassol número ${number}.`)

let real
before(async () => { real = await daemon(pages) })
after(async () => { await real.close() })

const config = () => ({ address: real.address, token: TOKEN })
const wikiShape = answer => {
  assert.equal(answer.totalHits, answer.results.length)
  assert.ok(Array.isArray(answer.suggestions) && answer.suggestions.every(text => typeof text === 'string' && text !== ''))
  for (const result of answer.results) {
    for (const name of ['id', 'title', 'description', 'path', 'locale']) assert.equal(typeof result[name], 'string', name)
    assert.ok(result.id !== '' && result.title !== '' && result.path !== '' && result.locale !== '')
    assert.ok(result.tags.every(({ tag }) => typeof tag === 'string'))
  }
  return answer
}

test('a hit is what Wiki.js shows: path without locale, plain text, tags for its page rules', async () => {
  const { engine } = wikiWith(config())
  const { results } = wikiShape(await engine.query('segunda via cobranca'))
  const [first] = results
  assert.equal(first.path, 'Financeiro/Segunda_via')
  assert.equal(first.locale, 'pt-br')
  assert.equal(first.title, 'Segunda via: como emitir')
  assert.deepEqual(first.tags, [{ tag: 'boleto' }, { tag: 'cobrança' }])
  assert.match(first.description, /segunda via & o "carnê"/i)
  assert.match(first.description, /a < b/)
  assert.doesNotMatch(first.description, /<mark>|&(amp|lt|gt|quot|#039);/)
})

test('only a folder that is known as a locale is one', async () => {
  const { engine } = wikiWith(config())
  const [network] = (await engine.query('roteador')).results
  assert.deepEqual([network.path, network.locale], ['TI/Rede', 'pt-br'])
  const [invoice] = (await engine.query('invoice copies')).results
  assert.deepEqual([invoice.path, invoice.locale], ['Billing/Invoice', 'en'])
})

test('up to a hundred results come in the one answer that Wiki.js pages through', async () => {
  const { engine } = wikiWith(config())
  assert.equal(wikiShape(await engine.query('girassol')).totalHits, 100)
  engine.config.limit = 7
  assert.equal(wikiShape(await engine.query('girassol')).totalHits, 7)
})

test('locale and path narrow the results for callers of the API', async () => {
  const { engine } = wikiWith(config())
  assert.deepEqual((await engine.query('invoice', { locale: 'pt-br' })).results, [])
  assert.equal((await engine.query('invoice', { locale: 'en' })).results.length, 1)
  assert.ok((await engine.query('girassol', { path: '/Serie/Item_1' })).results.every(({ path }) => path.startsWith('Serie/Item_1')))
})

test('corrections and titles are suggested, and can be switched off', async () => {
  const { engine } = wikiWith(config())
  assert.ok((await engine.query('segun')).suggestions.includes('Segunda via: como emitir'))
  assert.ok((await engine.query('rotaedor')).suggestions.includes('roteador'))
  engine.config.suggestions = false
  assert.deepEqual((await engine.query('segun')).suggestions, [])
})

test('whatever is typed gives an answer', async () => {
  const { engine, logged } = wikiWith(config())
  for (const q of ['', ' ', '"', '-', 'a'.repeat(4000), 'ção'.repeat(400), '\u0000', '%00%ff', '((((', '\ud800', 'tag:', undefined, null, 7, {}]) {
    wikiShape(await engine.query(q))
  }
  assert.deepEqual(logged, [])
})

test('a saved page is announced, and found without watching', async () => {
  const { engine, logged } = wikiWith(config())
  for (const hook of HOOKS.filter(name => name !== 'rebuild')) {
    const word = `novidade${hook}`
    await engine[hook](PAGE)
    real.write(`Novo/${hook}.md`, `# Nova\n\n${word}\n`)
    await until(async () => (await engine.query(`"${word}"`)).totalHits === 1)
  }
  assert.deepEqual(logged, [])
})

test('rebuilding asks for a new index', async () => {
  const { engine, logged } = wikiWith(config())
  const parsed = async () => Number(/^achei_pages_parsed_total (\d+)/m.exec(await (await fetch(`${real.address}/metrics`)).text())[1])
  const before = await parsed()
  await engine.rebuild()
  await until(async () => await parsed() >= before + 124)
  assert.deepEqual(logged, [])
})

test('at the start the log says how the service is, and that a token is wrong', async () => {
  const good = wikiWith(config())
  await good.engine.init()
  await until(() => good.logged.length === 1)
  assert.match(good.logged[0], /^info: .*pages/)
  const bad = wikiWith({ ...config(), token: 'not-the-token' })
  await bad.engine.init()
  await until(() => bad.logged.length === 1)
  assert.match(bad.logged[0], /^warn: .*status 401/)
  assert.doesNotMatch(bad.logged[0], /not-the-token/)
})
