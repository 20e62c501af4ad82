//! The insights page as HTML: numbers, a plot, tables, and what to do about them.
//!
//! Its own file because only here is this HTML made: every text passes [`Escaped`], every address [`is_safe_href`], and
//! nothing needs a script. Sizes in the plot are attributes of SVG, since the policy allows no inline style.

use std::fmt::{self, Write};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::home::{ICON, STYLE};
use super::html::{Escaped, is_safe_href};
use super::insights::Everything;
use super::insights_ailments as ailments;
use super::insights_texts::{self as texts, say};
use super::language::Language;
use crate::insights::{Filter, Row, Table};

/// Rows of a table before it folds.
const SHOWN: usize = 12;
/// Of the plot, in its own units.
const PLOT: (f64, f64) = (960.0, 180.0);

/// The page for one request.
pub(super) struct View<'a> {
    pub(super) language: Language,
    pub(super) filter: &'a Filter,
    pub(super) everything: &'a Everything,
}

impl View<'_> {
    /// The whole page.
    pub(super) fn html(&self) -> String {
        let mut out = String::with_capacity(64 * 1024);
        // Writing to a String cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn say(&self, texts: &[&'static str; 3]) -> &'static str {
        say(self.language, texts)
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        let (style, icon, language, title) = (STYLE.path(), ICON.path(), self.language.tag(), self.say(&texts::TITLE));
        write!(
            out,
            r#"<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} · Achei</title>
<link rel="icon" href="{icon}" type="image/svg+xml">
<link rel="stylesheet" href="{style}">
</head>
<body class="insights">
<main>
<h1>{title}</h1>
"#
        )?;
        self.write_periods(out)?;
        if self.everything.unreadable {
            writeln!(out, r#"<p class="note">{}</p>"#, Escaped(self.say(&texts::UNREADABLE)))?;
        } else if self.everything.on {
            self.write_counts(out)?;
            self.write_plot(out)?;
            self.write_empty(out)?;
            for table in [Table::Unopened, Table::Top, Table::Relaxed, Table::Slow, Table::Areas, Table::Languages] {
                self.write_table(out, table)?;
            }
        } else {
            writeln!(out, r#"<p class="note">{}</p>"#, Escaped(self.say(&texts::OFF)))?;
        }
        self.write_health(out)?;
        out.write_str("</main>\n</body>\n</html>\n")
    }

    /// The address of this page with other values.
    fn link(&self, period: &str, more: &str) -> String {
        let mut link = format!("insights?period={period}");
        for (name, value) in [("lang", &self.filter.lang), ("area", &self.filter.area)] {
            if let Some(value) = value {
                let _ = write!(link, "&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
            }
        }
        link + more
    }

    fn period(&self) -> &'static str {
        texts::PERIODS.iter().find(|(_, days, _)| *days == self.filter.days).map_or("week", |(name, ..)| name)
    }

    fn write_periods(&self, out: &mut String) -> fmt::Result {
        write!(out, r#"<nav class="sorts" aria-label="{}">"#, self.say(&texts::PERIOD))?;
        for (name, days, words) in &texts::PERIODS {
            let current = if *days == self.filter.days { r#" aria-current="true""# } else { "" };
            write!(out, r#"<a href="{}"{current}>{}</a>"#, Escaped(&self.link(name, "")), self.say(words))?;
        }
        out.push_str("</nav>\n");
        let filters = [self.filter.lang.as_deref(), self.filter.area.as_deref()];
        for value in filters.into_iter().flatten() {
            let all = format!("insights?period={}", self.period());
            write!(out, r#"<ul class="filters"><li><a href="{all}"><bdi>{}</bdi></a></li></ul>"#, Escaped(value))?;
        }
        Ok(())
    }

    fn write_counts(&self, out: &mut String) -> fmt::Result {
        let counts = &self.everything.report.counts;
        out.push_str("<dl class=\"counts\">\n");
        for (number, words) in [
            (counts.searches, &texts::SEARCHES),
            (counts.empty, &texts::EMPTY),
            (counts.opened, &texts::OPENED),
            (counts.relaxed, &texts::RELAXED),
            (counts.yes, &texts::YES),
            (counts.no, &texts::NO),
        ] {
            let share = (number * 100 + counts.searches / 2).checked_div(counts.searches).unwrap_or(0);
            let share = if number == counts.searches { String::new() } else { format!(" <small>{share}%</small>") };
            writeln!(out, "<div><dt>{}</dt><dd>{number}{share}</dd></div>", self.say(words))?;
        }
        out.write_str("</dl>\n")
    }

    /// Bars of searches, with the part that found nothing.
    fn write_plot(&self, out: &mut String) -> fmt::Result {
        let rows = &self.everything.report.time;
        let most = rows.iter().map(|row| row.searches).max().unwrap_or(0).max(1);
        let heading = self.say(&texts::heading(Table::Time));
        let (width, height) = PLOT;
        self.write_heading(out, Table::Time)?;
        write!(
            out,
            r#"<svg class="plot" viewBox="0 0 {width} {}" role="img" aria-label="{heading}"><line x1="0" x2="{width}" y1="{height}" y2="{height}"/><text x="0" y="12">{most}</text>"#,
            height + 22.0
        )?;
        let step = width / rows.len().max(1) as f64;
        let every = rows.len().div_ceil(8).max(1);
        for (at, row) in rows.iter().enumerate() {
            let tall = |count: u64| (height - 20.0) * count as f64 / most as f64;
            let (x, bar) = (at as f64 * step + step * 0.14, (step * 0.72).max(1.0));
            let (all, empty) = (tall(row.searches), tall(row.empty));
            let name = Escaped(&row.name);
            write!(
                out,
                r#"<g><title>{name}: {} {}, {} {}</title><rect class="all" x="{x:.1}" y="{:.1}" width="{bar:.1}" height="{all:.1}" rx="2"/><rect class="none" x="{x:.1}" y="{:.1}" width="{bar:.1}" height="{empty:.1}" rx="2"/></g>"#,
                row.searches,
                self.say(&texts::SEARCHES),
                row.empty,
                self.say(&texts::EMPTY),
                height - all,
                height - empty,
            )?;
            if at % every == 0 {
                let day = self.label(&row.name, rows.len() > 2 && self.filter.days <= 2);
                write!(out, r#"<text x="{x:.1}" y="{}">{}</text>"#, height + 16.0, Escaped(&day))?;
            }
        }
        writeln!(
            out,
            "</svg>\n<p class=\"legend\"><span class=\"all\"></span> {} <span class=\"none\"></span> {}</p>",
            self.say(&texts::SEARCHES),
            self.say(&texts::EMPTY)
        )
    }

    /// Of a moment the hour, or day and month.
    fn label(&self, moment: &str, hours: bool) -> String {
        let part = |from: usize, to: usize| moment.get(from..to).unwrap_or_default();
        if hours {
            return format!("{} h", part(11, 13));
        }
        match self.language {
            Language::En => format!("{}-{}", part(5, 7), part(8, 10)),
            _ => format!("{}/{}", part(8, 10), part(5, 7)),
        }
    }

    fn write_heading(&self, out: &mut String, table: Table) -> fmt::Result {
        let exports = |format: &str| {
            let link = self.link(self.period(), &format!("&table={}&format={format}", table.name()));
            format!(r#"<a href="{}">{}</a>"#, Escaped(&link), format.to_uppercase())
        };
        writeln!(
            out,
            r#"<h2 id="{}">{} <small>{} {}</small></h2>"#,
            table.name(),
            self.say(&texts::heading(table)),
            exports("csv"),
            exports("json")
        )
    }

    /// Queries without result, each with what may be done.
    fn write_empty(&self, out: &mut String) -> fmt::Result {
        self.write_heading(out, Table::Empty)?;
        let rows = &self.everything.report.empty;
        if rows.is_empty() {
            return writeln!(out, "<p class=\"quiet\">{}</p>", self.say(&texts::NOTHING));
        }
        self.write_proposals(out, &rows[..rows.len().min(SHOWN)])?;
        if rows.len() > SHOWN {
            writeln!(out, "<details><summary>+ {}</summary>", rows.len() - SHOWN)?;
            self.write_proposals(out, &rows[SHOWN..])?;
            out.push_str("</details>\n");
        }
        Ok(())
    }

    fn write_proposals(&self, out: &mut String, rows: &[Row]) -> fmt::Result {
        let (query, searches, todo) = (&texts::QUERY, &texts::SEARCHES, &texts::TODO);
        writeln!(
            out,
            "<div class=\"table todo\"><table><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>",
            self.say(query),
            self.say(searches),
            self.say(todo)
        )?;
        for row in rows {
            write!(out, "<tr><td dir=\"auto\">{}</td><td>{}</td><td>", Escaped(&row.name), row.searches)?;
            let proposal = self.everything.proposals.iter().find(|proposal| proposal.query == row.name);
            match proposal {
                Some(proposal) if proposal.now > 0 => write!(out, "{}: {}", self.say(&texts::NOW), proposal.now)?,
                Some(proposal) => match (&proposal.nearest, &proposal.synonym) {
                    (Some(nearest), Some(synonym)) => {
                        write!(out, "{}: <b dir=\"auto\">{}</b>", self.say(&texts::NEAREST), Escaped(nearest))?;
                        write!(out, "<br>{} <code>{}</code>", self.say(&texts::SYNONYM), Escaped(synonym))?;
                        if let (Some(path), Some(alias)) = (&proposal.path, &proposal.alias) {
                            let (path, alias) = (Escaped(path), Escaped(alias));
                            write!(out, "<br>{} {path}: <code>{alias}</code>", self.say(&texts::ALIAS))?;
                        }
                    }
                    _ => out.push_str(self.say(&texts::WRITE)),
                },
                None => {}
            }
            out.push_str("</td></tr>\n");
        }
        out.write_str("</tbody></table></div>\n")
    }

    fn write_table(&self, out: &mut String, table: Table) -> fmt::Result {
        let rows = self.everything.report.table(table);
        self.write_heading(out, table)?;
        if rows.is_empty() {
            return writeln!(out, "<p class=\"quiet\">{}</p>", self.say(&texts::NOTHING));
        }
        self.write_rows(out, table, &rows[..rows.len().min(SHOWN)])?;
        if rows.len() > SHOWN {
            writeln!(out, "<details><summary>+ {}</summary>", rows.len() - SHOWN)?;
            self.write_rows(out, table, &rows[SHOWN..])?;
            out.push_str("</details>\n");
        }
        Ok(())
    }

    fn write_rows(&self, out: &mut String, table: Table, rows: &[Row]) -> fmt::Result {
        out.push_str("<div class=\"table\"><table><thead><tr>");
        for words in
            [&texts::QUERY, &texts::SEARCHES, &texts::EMPTY, &texts::OPENED, &texts::PAGES, &texts::SLOWEST, &texts::NO]
        {
            write!(out, "<th>{}</th>", self.say(words))?;
        }
        out.push_str("</tr></thead><tbody>\n");
        for row in rows {
            out.push_str("<tr><td dir=\"auto\">");
            let name = if row.name.is_empty() { self.say(&texts::ANY) } else { &row.name };
            let field = match table {
                Table::Languages => Some("lang"),
                Table::Areas => Some("area"),
                _ => None,
            };
            match field.filter(|_| !row.name.is_empty()) {
                Some(field) => {
                    let value = utf8_percent_encode(&row.name, NON_ALPHANUMERIC);
                    write!(out, r#"<a href="insights?period={}&amp;{field}={value}">"#, self.period())?;
                    write!(out, "{}</a>", Escaped(name))?;
                }
                None => write!(out, "{}", Escaped(name))?,
            }
            let Row { searches, empty, opened, total, max_ms, not_found, .. } = row;
            writeln!(
                out,
                "</td><td>{searches}</td><td>{empty}</td><td>{opened}</td><td>{total}</td><td>{max_ms:.1}</td><td>{not_found}</td></tr>"
            )?;
        }
        out.write_str("</tbody></table></div>\n")
    }

    fn write_health(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "<h2 id=\"health\">{}</h2>", self.say(&texts::HEALTH))?;
        let all = &self.everything.health;
        if all.is_empty() {
            return writeln!(out, "<p class=\"quiet\">{}</p>", self.say(&texts::HEALTHY));
        }
        for kind in all.chunk_by(|a, b| a.kind == b.kind) {
            let words = texts::ailment(kind[0].kind);
            let open = if kind.len() <= SHOWN { " open" } else { "" };
            writeln!(out, "<details{open}><summary>{} <small>{}</small></summary>", self.say(&words), kind.len())?;
            write!(out, "<p class=\"quiet\">{}</p>", Escaped(ailments::advice(self.language, &kind[0])))?;
            let (page, wrong) = (self.say(&texts::PAGE), self.say(&texts::WRONG));
            writeln!(
                out,
                "<div class=\"table\"><table><thead><tr><th>{page}</th><th>{wrong}</th></tr></thead><tbody>"
            )?;
            for one in kind.iter().take(200) {
                let title = if one.title.is_empty() { &one.path } else { &one.title };
                out.push_str("<tr><td dir=\"auto\">");
                match one.url.as_deref().filter(|url| is_safe_href(url)) {
                    Some(url) => write!(out, r#"<a href="{}">{}</a>"#, Escaped(url), Escaped(title))?,
                    None => write!(out, "{}", Escaped(title))?,
                }
                let (message, in_english) = ailments::message(self.language, one);
                let lang = if in_english { " lang=\"en\"" } else { "" };
                let (path, message) = (Escaped(&one.path), Escaped(&message));
                writeln!(out, "<br><small>{path}</small></td><td{lang}>{message}</td></tr>")?;
            }
            out.push_str("</tbody></table></div>\n</details>\n");
        }
        Ok(())
    }
}
