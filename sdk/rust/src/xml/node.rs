//! An element with all that is in it.

use std::rc::Rc;

/// An element read whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// Its name without a prefix.
    pub name: String,
    /// The namespace it is in; empty for none.
    pub namespace: Rc<str>,
    /// Name without a prefix, and value; declarations of namespaces are left out.
    pub attributes: Vec<(String, String)>,
    /// Its own text, pieces joined; what stands in children is theirs.
    pub text: String,
    /// The elements in it, in order.
    pub children: Vec<Self>,
}

impl Node {
    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every child of this name.
    pub fn children<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first descendant along a path of names; at each level every child of the name is tried.
    pub fn at<'s>(&'s self, path: &[&str]) -> Option<&'s Self> {
        match path {
            [] => Some(self),
            [first, rest @ ..] => self.children(first).find_map(|child| child.at(rest)),
        }
    }

    /// The text there, trimmed; `None` where there is no such element or it is blank.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).map(|node| node.text.trim()).filter(|text| !text.is_empty())
    }

    /// An attribute's value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
