// A small wiki for the tests: [path, text] of each page. One page tries to break out of every text that is shown.

const front = (title, tags, more = '') => `---\ntitle: ${title}\n${more}tags: ${tags}\n---\n\n`;

export const PAYLOAD_TITLE = '<img src=x onerror=alert(1)> & "aspas" </mark><script>alert(2)</script>';

export const PAGES = [
  ['home.md', `${front('Início', 'início')}Página de entrada da wiki de testes.\n`],
  ['Rede/Roteadores/Senha_do_roteador.md', `${front('Senha do roteador', 'rede')}A senha do roteador fica na etiqueta.

## Trocar a senha

Abra o painel do roteador e troque a senha na aba Acesso.

## Esqueci a senha

Segure o botão do roteador por dez segundos: a senha volta à da etiqueta.

## Senha do Wi-Fi

A senha do Wi-Fi do roteador é outra e muda em Sem fio.
`],
  ['Rede/Configuracao_da_antena.md', `${front('Configuração da antena', 'rede')}Alinhe a antena e grave a configuração.\n`],
  ['Rede/Modo_de_ponte.md', `${front('Modo de ponte', 'rede')}Em ponte, o roteador só repassa.\n`],
  ['Financeiro/Boleto_em_atraso.md', `${front('Boleto em atraso', 'boleto')}Um boleto em atraso gera multa.\n\n## Multa\n\nA multa do boleto é de dois por cento.\n`],
  ['Financeiro/Segunda_via.md', `${front('Segunda via do boleto', 'boleto')}Envie a segunda via do boleto por e-mail.\n`],
  ['Financeiro/Nota_de_debito.md', `${front('Nota de débito', 'nota')}A nota acompanha o boleto.\n`],
  ['en/Router_password.md', `${front('Router password', 'network')}The roteador password is on the label.\n`],
  ['Testes/Carga.md', `${front(PAYLOAD_TITLE, 'carga')}Carga perigosa: &lt;svg onload=alert(3)&gt; \`<b onclick=alert(4)>negrito</b>\` fim da carga.

## Seção \`<iframe src="javascript:alert(5)">\`

Outra carga perigosa, \`"><script>alert(6)</script>\` e nada mais.
`],
  ...Array.from({ length: 12 }, (_, n) => [
    `Chamados/Chamado_${n + 1}.md`, `${front(`Chamado número ${n + 1}`, 'chamado')}Registro do chamado ${n + 1} sobre girassol.\n`,
  ]),
];
