//! A wiki from a seed: the support pages of an internet provider, as far as word counts, structure and sizes go.
//!
//! Words are drawn by Zipf's law from a vocabulary of real words and, for its long tail, of words made of syllables.
//! The same seed and count give the same wiki, byte for byte.

use std::fmt::Write;

use super::Page;

/// Distinct words that can be drawn in a wiki of a thousand pages; [`vocabulary_of`] tells how they grow.
const VOCABULARY: usize = 18_000;
/// How the vocabulary grows with the text (Heaps' law).
const GROWTH: f64 = 0.55;

const LITTLE: &str = "de a o que e do da em para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou quando \
    muito nos já também só pelo pela até isso entre depois sem mesmo aos seus quem nas esse esta este cada onde";
const THINGS: &str = "cliente contrato boleto fatura cobrança cadastro relatório usuário grupo permissão rede servidor porta \
    endereço conexão login senha plano velocidade equipamento roteador antena fibra caixa poste cabo sinal chamado técnico \
    agenda ordem serviço estoque produto nota imposto alíquota banco remessa retorno convênio carteira juros multa desconto \
    vencimento pagamento baixa estorno conta centro custo fornecedor compra pedido romaneio veículo rota visita atendimento \
    protocolo setor fila mensagem modelo campanha envio lista contato telefone horário data prazo lembrete tarefa rotina \
    integração chave certificado arquivo planilha coluna linha campo botão tela menu aba filtro pesquisa versão atualização \
    backup registro histórico auditoria falha erro aviso alerta limite bloqueio liberação suspensão cancelamento renovação \
    reajuste assinatura documento anexo imagem página manual etapa exemplo parâmetro valor soma total período mês dia hora";
const ACTIONS: &str = "abrir salvar gerar enviar cadastrar alterar excluir conferir emitir imprimir importar exportar bloquear \
    liberar cancelar renovar assinar agendar executar configurar ativar desativar instalar reiniciar testar medir registrar \
    informar selecionar clicar preencher consultar filtrar corrigir recalcular baixar estornar atender encaminhar encerrar";
const QUALITIES: &str = "novo antigo automático manual fixo pendente vencido pago cancelado ativo inativo principal secundário \
    interno externo público privado mensal anual diário obrigatório opcional técnico fiscal bancário parcial completo correto \
    inválido duplicado vazio padrão específico geral próximo anterior responsável disponível";
const FOLDERS: &[&str] = &[
    "Cadastros/Clientes",
    "Cadastros/Contratos",
    "Cadastros/Contratos/Cobrança",
    "Financeiro/Boletos",
    "Financeiro/Remessa",
    "Fiscal/Notas",
    "Provedor/Redes",
    "Provedor/Equipamentos",
    "Provedor/Integrações",
    "Suporte",
    "Suporte/Chamados",
    "Ferramentas/Agenda",
    "CRM/Campanhas",
    "Problemas_conhecidos",
];
const TAGS: &[&str] =
    &["cadastro", "cobrança", "fiscal", "rede", "suporte", "integração", "relatório", "agenda", "erro"];
const ONSETS: &[&str] =
    &["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "br", "cl", "pr", "tr", "gr", "j", "ch", "lh"];
const VOWELS: &[&str] = &["a", "e", "i", "o", "u", "ai", "ei", "ou", "á", "ê", "an", "en", "in", "or", "ar", "er"];
const ENDINGS: &[&str] = &[
    "ção", "ções", "mento", "mentos", "dade", "dor", "dora", "ável", "ico", "ica", "ista", "ando", "ado", "ada", "ar",
    "ir", "o", "a", "os", "as",
];

/// Pages of a generated wiki; short ones are a paragraph and a link.
pub fn pages(seed: u64, count: usize, short: bool) -> Vec<Page> {
    let mut random = Random(seed);
    let words = Vocabulary::new(vocabulary_of(count), &mut random);
    let names: Vec<Name> = (0..count).map(|number| Name::new(number, &words, &mut random)).collect();
    names.iter().map(|name| page(name, &names, &words, &mut random, short)).collect()
}

/// How many distinct words so many pages draw from: names, misspellings and codes never end.
fn vocabulary_of(pages: usize) -> usize {
    (VOCABULARY as f64 * (pages as f64 / 1_000.0).powf(GROWTH)).max(VOCABULARY as f64 / 4.0) as usize
}

/// Small and even enough (`SplitMix64`).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn in_range(&mut self, from: usize, to: usize) -> usize {
        from + self.below(to - from + 1)
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn chance(&mut self, share: f64) -> bool {
        self.share() < share
    }
}

/// Words by falling frequency.
struct Vocabulary {
    words: Vec<String>,
    /// Up to and with each word.
    weights: Vec<f64>,
    little: usize,
}

impl Vocabulary {
    fn new(size: usize, random: &mut Random) -> Self {
        let mut words: Vec<String> = LITTLE.split_whitespace().map(str::to_owned).collect();
        let little = words.len();
        let mut real: Vec<&str> =
            [THINGS, ACTIONS, QUALITIES].iter().flat_map(|list| list.split_whitespace()).collect();
        for end in (1..real.len()).rev() {
            real.swap(end, random.below(end + 1));
        }
        words.extend(real.into_iter().map(str::to_owned));
        while words.len() < size {
            let mut word = String::new();
            for _ in 0..random.in_range(1, 3) {
                word.push_str(random.pick::<&str>(ONSETS));
                word.push_str(random.pick::<&str>(VOWELS));
            }
            word.push_str(random.pick::<&str>(ONSETS));
            word.push_str(random.pick::<&str>(ENDINGS));
            words.push(word);
        }
        let mut sum = 0.0;
        let weights = (0..words.len()).map(|rank| {
            sum += 1.0 / (rank as f64 + 2.7);
            sum
        });
        Self { weights: weights.collect(), words, little }
    }

    fn draw(&self, random: &mut Random) -> &str {
        let sum = self.weights.last().copied().unwrap_or_default();
        let at = random.share() * sum;
        &self.words[self.weights.partition_point(|weight| *weight < at).min(self.words.len() - 1)]
    }

    /// A word that says something.
    fn telling(&self, random: &mut Random) -> &str {
        loop {
            let word = self.draw(random);
            if word.chars().count() > 3 && !self.words[..self.little].iter().any(|little| little == word) {
                return word;
            }
        }
    }

    fn sentence(&self, random: &mut Random) -> String {
        let mut sentence = String::new();
        let length = random.in_range(6, 22);
        for number in 0..length {
            let word = self.draw(random);
            match random.below(60) {
                0 if number > 0 => write!(sentence, "**{word}** ").expect("text"),
                1 if number > 0 => write!(sentence, "`{}` ", code(random)).expect("text"),
                2..5 if number > 0 && number + 1 < length => write!(sentence, "{word}, ").expect("text"),
                _ => write!(sentence, "{} ", if number == 0 { capital(word) } else { word.to_owned() }).expect("text"),
            }
        }
        sentence.truncate(sentence.trim_end().len());
        sentence.push('.');
        sentence
    }

    fn paragraph(&self, random: &mut Random) -> String {
        let sentences: Vec<String> = (0..random.in_range(2, 6)).map(|_| self.sentence(random)).collect();
        sentences.join(" ")
    }

    fn phrase(&self, random: &mut Random, words: usize) -> String {
        let words: Vec<&str> = (0..words).map(|_| self.telling(random)).collect();
        capital(&words.join(" "))
    }
}

struct Name {
    title: String,
    path: String,
}

impl Name {
    fn new(number: usize, words: &Vocabulary, random: &mut Random) -> Self {
        let length = random.in_range(2, 5);
        let title = words.phrase(random, length);
        // The number keeps paths apart; real wikis hold such names, too.
        let path = format!("{}/{}_{number}.md", random.pick(FOLDERS), title.replace(' ', "_"));
        Self { title, path }
    }

    fn link(&self) -> String {
        format!("[{}](/{})", self.title, self.path.trim_end_matches(".md"))
    }
}

fn page(name: &Name, names: &[Name], words: &Vocabulary, random: &mut Random, short: bool) -> Page {
    let mut text = String::new();
    let (day, month, year) = (random.in_range(1, 28), random.in_range(1, 12), random.in_range(2019, 2025));
    let tags = [random.pick(TAGS), random.pick(TAGS)];
    writeln!(
        text,
        "---\ntitle: {}\ndescription: {}\npublished: true",
        name.title,
        words.sentence(random).replace(['*', '`'], "")
    )
    .expect("text");
    writeln!(
        text,
        "date: {year}-{month:02}-{day:02}T14:52:08.334Z\ntags: {}, {}\neditor: markdown\n---\n",
        tags[0], tags[1]
    )
    .expect("text");
    writeln!(text, "{}\n", words.paragraph(random)).expect("text");
    if short {
        writeln!(text, "Veja também {}.", random.pick(names).link()).expect("text");
        return Page { path: name.path.clone(), text };
    }
    // Most pages are short, a few are long.
    let sections = if random.chance(0.08) { random.in_range(8, 20) } else { random.in_range(1, 4) };
    for _ in 0..sections {
        let level = if random.chance(0.6) { "##" } else { "###" };
        let length = random.in_range(1, 4);
        writeln!(text, "{level} {}\n", words.phrase(random, length)).expect("text");
        for _ in 0..random.in_range(1, 3) {
            writeln!(text, "{}\n", words.paragraph(random)).expect("text");
        }
        match random.below(6) {
            0 => table(&mut text, words, random),
            1 => {
                for number in 1..=random.in_range(3, 7) {
                    writeln!(text, "{number}. {}", words.sentence(random)).expect("text");
                }
            }
            2 => {
                for _ in 0..random.in_range(2, 5) {
                    writeln!(text, "- {} {}", words.sentence(random), random.pick(names).link()).expect("text");
                }
            }
            3 => listing(&mut text, words, random),
            4 => writeln!(text, "> Veja também {}.", random.pick(names).link()).expect("text"),
            _ => writeln!(
                text,
                "![{}](/imagens/{}.png)",
                words.sentence(random).replace(['*', '`'], ""),
                random.below(5_000)
            )
            .expect("text"),
        }
        text.push('\n');
    }
    Page { path: name.path.clone(), text }
}

fn table(text: &mut String, words: &Vocabulary, random: &mut Random) {
    writeln!(text, "| Código | {} | Versão |\n|---|---|---|", words.phrase(random, 1)).expect("text");
    for _ in 0..random.in_range(3, 9) {
        writeln!(text, "| {} | {} | {} |", code(random), words.sentence(random), version(random)).expect("text");
    }
}

fn listing(text: &mut String, words: &Vocabulary, random: &mut Random) {
    text.push_str("```bash\n");
    for _ in 0..random.in_range(2, 10) {
        let address = format!("10.{}.{}.{}", random.below(256), random.below(256), random.below(256));
        writeln!(text, "{} --{} {address} {}", words.telling(random), words.telling(random), code(random))
            .expect("text");
    }
    text.push_str("```\n");
}

fn code(random: &mut Random) -> String {
    match random.below(3) {
        0 => format!("ERR-{:04}", random.below(3_000)),
        1 => format!("campo_{}", random.below(3_000)),
        _ => version(random),
    }
}

fn version(random: &mut Random) -> String {
    format!("{}.{}.{}", random.in_range(70, 84), random.below(60), random.below(4))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
