SELECT apogee.element_pedagogi.cod_elp, apogee.element_pedagogi.lib_elp, apogee.element_pedagogi.cod_pel, apogee.element_pedagogi.cod_cmp 
FROM apogee.element_pedagogi ORDER BY apogee.element_pedagogi.cod_elp
