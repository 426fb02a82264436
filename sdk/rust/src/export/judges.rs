//! The family of interfaces that are pure functions.

/// Exports one: first the functions without a context, then those with one.
#[doc(hidden)]
#[macro_export]
macro_rules! __judge {
    ($plugin:ty, $trait:ident, $module:ident, $package:ident :: $interface:ident, {
        $( $constant:ident() -> $value:ty; )*
    } {
        $( $function:ident ( $($argument:ident : $type:ty),* ) -> $result:ty; )+
    }) => {
        const _: () = {
            use $crate::bindings::$module::exports::recaudo::$package::$interface as i;
            struct Exported;
            impl i::Guest for Exported {
                $( fn $constant() -> $value { <$plugin as $crate::$trait>::$constant() } )*
                $(
                    fn $function(ctx: $crate::Context, $($argument: $type),*) -> Result<$result, $crate::Failure> {
                        $crate::__bridge::install_panic_hook();
                        <$plugin as $crate::$trait>::$function(ctx, $($argument),*)
                    }
                )+
            }
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::$module::export!(Exported with_types_in $crate::bindings::$module);
        };
    };
}
