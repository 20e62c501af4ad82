// The module over services that are slow, down, hang, or answer nonsense: an empty answer in time, and hooks that never hold a save.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { HOOKS, PAGE, TOKEN, nowhere, service, silence, wikiWith } = require('./support.js')

const EMPTY = { results: [], suggestions: [], totalHits: 0 }
const json = (status, value) => (_, response) => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(typeof value === 'string' ? value : JSON.stringify(value))
}
const still = { address: 'gone', close () {} }
const HIT = { path: 'A/B.md', title: 'B', snippet: 's', lang: 'pt-br', tags: [] }

// Each is a service that gives no usable answer to anything.
const FAULTS = {
  'nobody listens': async () => ({ address: await nowhere(), close () {} }),
  'connections are taken and never answered': () => silence(),
  'a body that never ends': () => service((_, response) => { response.writeHead(200); response.write('{"hits": [') }),
  'a drop of body at a time': () => service((_, response) => {
    response.writeHead(200)
    const drip = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(drip))
  }),
  'the connection is cut': () => service(request => request.socket.destroy()),
  'an error of a proxy': () => service(json(502, '<html>Bad Gateway</html>')),
  'too many requests': () => service(json(503, { code: 'overloaded' })),
  'a page in place of JSON': () => service(json(200, '<!doctype html><title>hello</title>')),
  'half of the JSON': () => service(json(200, '{"hits": [{"path": "a')),
  'an empty body': () => service(json(200, '')),
  'null': () => service(json(200, 'null')),
  'a list': () => service(json(200, '[]')),
  'hits that are none': () => service(json(200, { hits: { length: 3 } })),
  'an answer of ten megabytes': () => service(json(200, { hits: [], padding: 'x'.repeat(10 << 20) })),
  'a redirect that leads in circles': () => service((_, response) => { response.writeHead(302, { location: '/search' }); response.end() }),
  'bytes that are no HTTP': () => silence('\x00\xff220 mail.example.org\r\n\r\n'),
  'an address that is none': async () => still,
  'an address of another scheme': async () => ({ ...still, address: 'file:///etc/passwd' })
}

for (const [name, make] of Object.entries(FAULTS)) {
  test(`searches and hooks: ${name}`, async t => {
    const fault = await make()
    t.after(() => fault.close())
    const { engine, logged } = wikiWith({ address: fault.address, token: TOKEN, timeoutMs: 300 })
    t.after(() => engine.deactivate())
    await engine.activate()
    await engine.init()
    assert.deepEqual(await engine.query('palavra secreta'), EMPTY)
    for (const hook of HOOKS) {
      // A hook has no reason to wait for the service: it is over before the next turn of the event loop.
      let over = false
      engine[hook](PAGE).then(() => { over = true })
      await new Promise(resolve => setImmediate(resolve))
      assert.ok(over, hook)
    }
    assert.ok(logged.some(line => line.startsWith('warn: ')), 'the log says why')
    assert.doesNotMatch(logged.join('\n'), /secreta|a-token/)
  })
}

test('a slow service is waited for, its suggestions are not', async t => {
  const slow = await service((request, response) => {
    if (request.url.startsWith('/search')) setTimeout(() => json(200, { hits: [HIT], did_you_mean: 'bê' })(request, response), 200)
  })
  t.after(() => slow.close())
  const { engine } = wikiWith({ address: slow.address, timeoutMs: 5000 })
  const answer = await engine.query('b')
  assert.equal(answer.totalHits, 1)
  assert.deepEqual(answer.suggestions, ['bê'])
})

test('hits of a wrong shape are left out or made whole', async t => {
  const odd = await service(json(200, {
    hits: [null, 7, {}, { path: 3 }, { path: '' }, { path: '.md' }, HIT, { path: 'C.md', title: null, snippet: {}, tags: 'x', lang: 9 }, { path: 'D.md', tags: [1, null, 'y'] }],
    did_you_mean: 5,
    suggestions: [null, 1, { text: 4 }, { text: '' }, { text: 'um' }, { text: 'um' }]
  }))
  t.after(() => odd.close())
  const { engine } = wikiWith({ address: odd.address })
  assert.deepEqual(await engine.query('b'), {
    results: [
      { id: 'A/B.md', title: 'B', description: 's', path: 'A/B', locale: 'pt-br', tags: [] },
      { id: 'C.md', title: 'C', description: '', path: 'C', locale: 'pt-br', tags: [] },
      { id: 'D.md', title: 'D', description: '', path: 'D', locale: 'pt-br', tags: [{ tag: 'y' }] }
    ],
    suggestions: ['um'],
    totalHits: 3
  })
})

test('descriptions are unescaped once', async t => {
  const page = await service(json(200, { hits: [{ ...HIT, snippet: '<mark>a</mark> &amp;lt; &lt;b&gt; &quot;c&quot; &#039;d&#039; &eacute;' }] }))
  t.after(() => page.close())
  const { engine } = wikiWith({ address: page.address })
  assert.equal((await engine.query('b')).results[0].description, 'a &lt; <b> "c" \'d\' &eacute;')
})

test('settings that are none, or absent, are replaced', async t => {
  const page = await service(json(200, { hits: [HIT] }))
  t.after(() => page.close())
  const { engine } = wikiWith({ address: `  ${page.address}/_busca  `, token: 5, limit: 'many', snippetChars: -4, timeoutMs: 1e12, suggestions: 'x' })
  assert.equal((await engine.query('b')).totalHits, 1)
  const asked = page.requests.find(({ method }) => method === 'POST')
  assert.equal(asked.url, '/_busca/search')
  assert.deepEqual(JSON.parse(asked.body), { q: 'b', limit: 100, snippet_chars: 40 })
  for (const config of [undefined, null, {}, 'x', { address: null }]) {
    const bare = wikiWith(config).engine
    assert.equal(typeof (await bare.query('b')).totalHits, 'number')
    for (const hook of HOOKS) await bare[hook]()
  }
})

test('without the globals of Wiki.js, and without `this`, nothing is thrown', async () => {
  const { engine } = wikiWith({ address: await nowhere(), token: TOKEN })
  delete global.WIKI
  const { query, init, activate, deactivate } = engine
  await activate()
  await init()
  assert.deepEqual(await query('b'), EMPTY)
  for (const hook of HOOKS) await (0, engine[hook])(PAGE)
  await deactivate()
})

test('a token that no header can hold is told by no log', async t => {
  const page = await service(json(200, {}))
  t.after(() => page.close())
  const { engine, logged } = wikiWith({ address: page.address, token: 'geheim\nX: y' })
  await engine.init()
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.equal(logged.length, 1)
  assert.doesNotMatch(logged[0], /geheim/)
})

test('changes that come together are one request, a moment later, with the token', async t => {
  const page = await service(json(202, { id: '1' }))
  t.after(() => page.close())
  const { engine } = wikiWith({ address: page.address, token: TOKEN })
  const began = Date.now()
  for (let n = 0; n < 20; n++) for (const hook of HOOKS.slice(0, 4)) await engine[hook](PAGE)
  assert.deepEqual(page.requests, [], 'nothing is sent before the hooks are over')
  const [ping] = await page.pings(1)
  assert.ok(ping.at - began >= 1000, 'the file appears after the hook')
  assert.deepEqual([ping.method, ping.authorization, ping.body], ['POST', `Bearer ${TOKEN}`, '{}'])
  // The next change is a request of its own; had the first ones been more than one, they would stand before it.
  await engine.updated(PAGE)
  await engine.rebuild()
  await engine.deleted(PAGE)
  assert.deepEqual((await page.pings(2)).map(({ body }) => body), ['{}', '{"rebuild":true}'])
})

test('a change during a request is announced after it', async t => {
  let release
  const page = await service((request, response) => { release = () => json(202, {})(request, response) })
  t.after(() => page.close())
  const { engine } = wikiWith({ address: page.address, token: TOKEN })
  await engine.updated(PAGE)
  await page.pings(1)
  await engine.updated(PAGE)
  release()
  assert.equal((await page.pings(2)).length, 2)
  release()
})

test('without a token nothing is announced, and after deactivation neither', async t => {
  const page = await service(json(202, {}))
  t.after(() => page.close())
  const quiet = wikiWith({ address: page.address, token: '' }).engine
  for (const hook of HOOKS) await quiet[hook](PAGE)
  const stopped = wikiWith({ address: page.address, token: TOKEN }).engine
  await stopped.updated(PAGE)
  await stopped.deactivate()
  // A third module announces after them: were theirs to come, they would come first.
  const { engine } = wikiWith({ address: page.address, token: TOKEN })
  await engine.rebuild()
  assert.deepEqual((await page.pings(1)).map(({ body }) => body), ['{"rebuild":true}'])
})
