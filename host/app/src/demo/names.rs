//! Names put together from common words; no list of real companies or people stands behind them.

use std::collections::BTreeSet;

use super::chance::Chance;
use super::country::Country;

const TRADES: [&str; 24] = [
    "Ferretería",
    "Distribuidora",
    "Comercializadora",
    "Transportes",
    "Constructora",
    "Papelería",
    "Laboratorio",
    "Farmacia",
    "Panadería",
    "Textiles",
    "Muebles",
    "Agropecuaria",
    "Imprenta",
    "Hotel",
    "Restaurante",
    "Clínica",
    "Servicios",
    "Tecnología",
    "Alimentos",
    "Empaques",
    "Repuestos",
    "Inversiones",
    "Lácteos",
    "Confecciones",
];

const TRADES_EN: [&str; 8] =
    ["Hardware", "Logistics", "Foods", "Supply", "Medical", "Printing", "Textiles", "Auto Parts"];

const MARKS: [&str; 40] = [
    "El Roble",
    "Los Andes",
    "La Esperanza",
    "San Miguel",
    "del Pacífico",
    "La Colina",
    "Santa Rosa",
    "El Porvenir",
    "Nuevo Horizonte",
    "Río Claro",
    "Monteverde",
    "La Ceiba",
    "El Faro",
    "Tres Ríos",
    "La Estrella",
    "Altamira",
    "Bahía Azul",
    "El Progreso",
    "Campo Alegre",
    "Los Pinos",
    "La Fortuna",
    "Buenavista",
    "El Mirador",
    "San Jacinto",
    "Piedra Blanca",
    "Las Acacias",
    "El Cóndor",
    "La Quinta",
    "Valle Hermoso",
    "Los Naranjos",
    "Puerto Nuevo",
    "La Cumbre",
    "El Trébol",
    "Aurora",
    "Los Cedros",
    "Mar y Sol",
    "La Unión",
    "El Encanto",
    "Peñalisa",
    "Guayacán",
];

const FIRST: [&str; 30] = [
    "María",
    "José",
    "Luisa",
    "Andrés",
    "Camila",
    "Jorge",
    "Valentina",
    "Carlos",
    "Lucía",
    "Fernando",
    "Daniela",
    "Miguel",
    "Paula",
    "Ricardo",
    "Ana",
    "Sebastián",
    "Carolina",
    "Javier",
    "Gabriela",
    "Tomás",
    "Mónica",
    "Héctor",
    "Sofía",
    "Raúl",
    "Verónica",
    "Julián",
    "Patricia",
    "Óscar",
    "Elena",
    "Iván",
];

const LAST: [&str; 36] = [
    "Gómez",
    "Rodríguez",
    "Martínez",
    "López",
    "Hernández",
    "Ramírez",
    "Torres",
    "Vargas",
    "Castro",
    "Rojas",
    "Moreno",
    "Muñoz",
    "Salazar",
    "Quispe",
    "Flores",
    "Soto",
    "Contreras",
    "Sepúlveda",
    "Guerrero",
    "Mendoza",
    "Ortiz",
    "Silva",
    "Núñez",
    "Peña",
    "Cárdenas",
    "Ríos",
    "Delgado",
    "Aguilar",
    "Vega",
    "Campos",
    "Figueroa",
    "Espinoza",
    "Carvajal",
    "Pineda",
    "Acosta",
    "Ibáñez",
];

/// Gives each customer a name of its own.
#[derive(Debug, Default)]
pub(super) struct Namer {
    used: BTreeSet<String>,
}

impl Namer {
    /// A company's name and its domain.
    pub(super) fn company(&mut self, country: &Country, chance: &mut Chance) -> (String, String) {
        self.fresh(|| {
            let trade = if country.code == "US" { *chance.pick(&TRADES_EN) } else { *chance.pick(&TRADES) };
            let (mark, form) = (*chance.pick(&MARKS), *chance.pick(country.forms));
            let name =
                if country.code == "US" { format!("{mark} {trade}") } else { format!("{trade} {mark}") };
            (format!("{name} {form}"), slug(&name))
        })
    }

    /// A person's name and a domain.
    pub(super) fn person(&mut self, chance: &mut Chance) -> (String, String) {
        self.fresh(|| {
            let name = person(chance);
            let domain = slug(&name);
            (name, domain)
        })
    }

    /// Somebody who works there.
    pub(super) fn contact(&mut self, chance: &mut Chance) -> String {
        person(chance)
    }

    /// Domains are told apart; two legal forms of one name would share one.
    fn fresh(&mut self, mut make: impl FnMut() -> (String, String)) -> (String, String) {
        loop {
            let (name, domain) = make();
            if self.used.insert(domain.clone()) {
                return (name, domain);
            }
        }
    }
}

fn person(chance: &mut Chance) -> String {
    format!("{} {} {}", chance.pick(&FIRST), chance.pick(&LAST), chance.pick(&LAST))
}

/// `Ferretería El Roble` as `ferreteria-el-roble`.
fn slug(name: &str) -> String {
    let plain = |c: char| match c.to_lowercase().next().unwrap_or(c) {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' => 'u',
        'ñ' => 'n',
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    };
    name.chars().map(plain).collect()
}
