SELECT DISTINCT apogee.elp_porteur_porte.cod_anu, apogee.elp_porteur_porte.cod_elp_porte, apogee.elp_porteur_porte.cod_elp_porteur 
FROM apogee.elp_porteur_porte 
WHERE apogee.elp_porteur_porte.cod_anu IN (:cod_anu_1_1, :cod_anu_1_2) ORDER BY apogee.elp_porteur_porte.cod_anu, apogee.elp_porteur_porte.cod_elp_porte, apogee.elp_porteur_porte.cod_elp_porteur
